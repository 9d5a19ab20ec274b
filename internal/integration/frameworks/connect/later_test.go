package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/atomicsession/atomicsession"
	"google.golang.org/protobuf/types/known/emptypb"
)

// What Later has queued is sent with the response, and its failure is the call's.
func TestLater(t *testing.T) {
	const procedure = "/test.Test/Later"
	eachWay(t, func(t *testing.T, w way) {
		end := false
		c := newClient(t, w, serveWith(t, unaryOf(procedure, func(ctx context.Context, s *atomicsession.Session) error {
			err := s.Later(ctx, visits.Inc(10))
			if end && err == nil {
				_, err = sessions.RevokeAll(ctx, "42")
			}
			return err
		})))
		c.mustSignIn()
		if _, err := call[emptypb.Empty, emptypb.Empty](c, procedure, &emptypb.Empty{}); err != nil {
			t.Error(err)
		}
		if n, err := c.visit(); n != 11 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		end = true
		_, err := call[emptypb.Empty, emptypb.Empty](c, procedure, &emptypb.Empty{})
		wantCode(t, err, connect.CodeUnauthenticated, "unauthenticated")
	})
}

// A failed call drops what Later has queued only where the failure is a status of HTTP.
func TestLaterOfAFailedCall(t *testing.T) {
	const procedure = "/test.Test/Fail"
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveWith(t, unaryOf(procedure, func(ctx context.Context, s *atomicsession.Session) error {
			if err := s.Later(ctx, visits.Inc(10)); err != nil {
				return err
			}
			return connect.NewError(connect.CodeInternal, errors.New("on purpose"))
		})))
		c.mustSignIn()
		_, err := call[emptypb.Empty, emptypb.Empty](c, procedure, &emptypb.Empty{})
		wantCode(t, err, connect.CodeInternal, "on purpose")
		want := int64(1)
		if strings.HasPrefix(w.name, "gRPC") {
			want = 11
		}
		if n, err := c.visit(); n != want || err != nil {
			t.Errorf("got %d, %v, want %d", n, err, want)
		}
		revokeAll(t)
	})
}

// A panic breaks the connection off, and the session goes on.
func TestPanic(t *testing.T) {
	const procedure = "/test.Test/Panic"
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveWith(t, unaryOf(procedure, func(ctx context.Context, s *atomicsession.Session) error {
			if err := s.Later(ctx, visits.Inc(10)); err != nil {
				return err
			}
			panic(http.ErrAbortHandler)
		})))
		c.mustSignIn()
		before := c.cookie()
		if _, err := call[emptypb.Empty, emptypb.Empty](c, procedure, &emptypb.Empty{}); err == nil {
			t.Error("a panic is an answer")
		}
		if c.cookie() != before {
			t.Error("the panic has changed the cookie")
		}
		if n, err := c.visit(); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		revokeAll(t)
	})
}
