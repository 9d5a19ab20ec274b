package main

import (
	"context"
	"testing"

	"github.com/atomicsession/atomicsession"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// A new secret reaches the client whatever becomes of the call.
func TestRenew(t *testing.T) {
	for name, end := range map[string]func() error{
		"success": func() error { return nil },
		"failure": func() error { return status.Error(codes.NotFound, "nothing there") },
		"panic":   func() error { panic("on purpose") },
	} {
		t.Run(name, func(t *testing.T) {
			ways(t, func(ctx context.Context, s *atomicsession.Session) error {
				if err := s.Renew(ctx); err != nil {
					return err
				}
				return end()
			}, func(t *testing.T, c *client, call func() error) {
				before := c.cookie()
				err := call()
				switch name {
				case "success":
					wantCode(t, err, codes.OK, "")
				case "failure":
					wantCode(t, err, codes.NotFound, "nothing there")
				case "panic":
					wantCode(t, err, codes.Internal, "recovered: on purpose")
				}
				if c.cookie() == before {
					t.Error("the cookie has not come")
				}
				if _, err := c.visit(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// What Later has queued is sent if the call succeeds, and not if it fails or panics.
func TestLater(t *testing.T) {
	end := func() error { return nil }
	ways(t, func(ctx context.Context, s *atomicsession.Session) error {
		if err := s.Later(ctx, visits.Inc(10)); err != nil {
			return err
		}
		return end()
	}, func(t *testing.T, c *client, call func() error) {
		n, err := c.visit()
		if err != nil {
			t.Error(err)
		}
		end = func() error { return nil }
		wantCode(t, call(), codes.OK, "")
		c.wantVisits(n + 11)
		end = func() error { return status.Error(codes.NotFound, "nothing there") }
		wantCode(t, call(), codes.NotFound, "nothing there")
		c.wantVisits(n + 12)
		end = func() error { panic("on purpose") }
		wantCode(t, call(), codes.Internal, "recovered: on purpose")
		c.wantVisits(n + 13)
	})
}

// If it cannot be sent, that is the call's error, and the message does not come.
func TestLaterFails(t *testing.T) {
	ways(t, func(ctx context.Context, s *atomicsession.Session) error {
		err := s.Later(ctx, visits.Inc(10))
		if err == nil {
			_, err = sessions.RevokeAll(ctx, "42")
		}
		return err
	}, func(t *testing.T, c *client, call func() error) {
		c.mustSignIn()
		wantCode(t, call(), codes.Unauthenticated, "Unauthenticated")
	})
}

// Whoever sends the header past the stream of the interceptor is told that the cookie is lost.
func TestHeaderSentTooEarly(t *testing.T) {
	ways(t, func(ctx context.Context, s *atomicsession.Session) error {
		if err := s.Renew(ctx); err != nil {
			return err
		}
		return grpc.SendHeader(ctx, metadata.Pairs("a", "b"))
	}, func(t *testing.T, c *client, call func() error) {
		c.mustSignIn()
		if err := call(); status.Code(err) != codes.Internal {
			t.Errorf("the error is %v", err)
		}
	})
}
