package main

import (
	"slices"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/emptypb"
)

func TestCalls(t *testing.T) {
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveLoopback(t, newServer()))
		_, err := c.visit()
		wantCode(t, err, connect.CodeUnauthenticated, "sign in")
		wantCode(t, c.signIn("password"), connect.CodeUnauthenticated, "wrong name or password")
		if c.cookie() != "" {
			t.Error("there is a cookie without a session")
		}

		c.mustSignIn()
		for want := range int64(3) {
			if n, err := c.visit(); n != want+1 || err != nil {
				t.Errorf("got %d, %v, want %d", n, err, want+1)
			}
		}

		before := c.cookie()
		c.mustSignIn()
		if after := c.cookie(); before == "" || after == "" || before == after {
			t.Error("a sign-in does not change the cookie")
		}
		if n, err := c.visit(); n != 4 || err != nil {
			t.Errorf("got %d, %v: the visits of the same user are lost", n, err)
		}

		if _, err := call[emptypb.Empty, emptypb.Empty](c, signOutProcedure, &emptypb.Empty{}); err != nil || c.cookie() != "" {
			t.Errorf("signed out: %v, the cookie is left: %t", err, c.cookie() != "")
		}
		_, err = c.visit()
		wantCode(t, err, connect.CodeUnauthenticated, "sign in")
	})
}

func TestOverlappingCalls(t *testing.T) {
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveLoopback(t, newServer()))
		c.mustSignIn()
		var got []int64
		var lock sync.Mutex
		var calls sync.WaitGroup
		for range 20 {
			calls.Go(func() {
				n, err := c.visit()
				if err != nil {
					t.Error(err)
				}
				lock.Lock()
				defer lock.Unlock()
				got = append(got, n)
			})
		}
		calls.Wait()
		slices.Sort(got)
		for i, n := range got {
			if n != int64(i+1) {
				t.Fatalf("the visits are %v", got)
			}
		}
	})
}

func TestRevokedSession(t *testing.T) {
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveLoopback(t, newServer()))
		c.mustSignIn()
		revokeAll(t)
		_, err := c.visit()
		wantCode(t, err, connect.CodeUnauthenticated, "sign in")
		stream, err := c.watch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if stream.Receive() {
			t.Error("a stream without a session has a message")
		}
		wantCode(t, stream.Err(), connect.CodeUnauthenticated, "sign in")
	})
}
