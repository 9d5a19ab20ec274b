package main

import (
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestCalls(t *testing.T) {
	c := plain(t)
	_, err := c.visit()
	wantCode(t, err, codes.Unauthenticated, "sign in")
	wantCode(t, c.signIn(t.Context(), "password"), codes.Unauthenticated, "wrong name or password")
	if c.cookie() != "" {
		t.Error("there is a cookie without a session")
	}

	c.mustSignIn()
	for want := range int64(3) {
		c.wantVisits(want + 1)
	}

	before := c.cookie()
	c.mustSignIn()
	if after := c.cookie(); before == "" || after == "" || before == after {
		t.Error("a sign-in does not change the cookie")
	}
	c.wantVisits(4) // of the same user

	if err := c.call(t.Context(), "/example.Shop/SignOut"); err != nil || c.cookie() != "" {
		t.Errorf("signed out: %v, the cookie is left: %t", err, c.cookie() != "")
	}
	_, err = c.visit()
	wantCode(t, err, codes.Unauthenticated, "sign in")
}

func TestOverlappingCalls(t *testing.T) {
	c := plain(t)
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
	revokeAll(t)
}

func TestRevokedSession(t *testing.T) {
	c := plain(t)
	c.mustSignIn()
	revokeAll(t)
	_, err := c.visit()
	wantCode(t, err, codes.Unauthenticated, "sign in")
	s, err := open[wrapperspb.Int64Value](t.Context(), c, "/example.Shop/Watch")
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Recv()
	wantCode(t, err, codes.Unauthenticated, "sign in")
}
