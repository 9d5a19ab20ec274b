package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/atomicsession/atomicsession"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// A stream sees what other calls do, and ends with the session.
func TestStream(t *testing.T) {
	c := plain(t)
	c.mustSignIn()
	s, err := open[wrapperspb.Int64Value](t.Context(), c, "/example.Shop/Watch")
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Recv()
	if n.GetValue() != 1 || err != nil {
		t.Fatalf("got %v, %v", n, err)
	}
	c.wantVisits(2)
	for n.GetValue() == 1 && err == nil { // one more may have been under way
		n, err = s.Recv()
	}
	if n.GetValue() != 2 || err != nil {
		t.Errorf("got %v, %v", n, err)
	}
	revokeAll(t)
	for err == nil {
		_, err = s.Recv()
	}
	wantCode(t, err, codes.Unauthenticated, "Unauthenticated")
}

// watched runs the stream to its end, and returns its error.
func (c *client) watched() error {
	s, err := open[emptypb.Empty](c.t.Context(), c, "/test.Test/Stream")
	for err == nil {
		_, err = s.Recv()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// ways are the two ways in which a handler has its session; streams send a message at the end if they are to.
func ways(t *testing.T, do func(context.Context, *atomicsession.Session) error, f func(t *testing.T, c *client, call func() error)) {
	t.Helper()
	for _, message := range []bool{true, false} {
		c := beside(t, do, func(s grpc.ServerStream) error {
			err := do(s.Context(), sessions.Get(s.Context()))
			if err == nil && message {
				err = s.SendMsg(&emptypb.Empty{})
			}
			return err
		})
		t.Run(fmt.Sprintf("stream, with a message: %t", message), func(t *testing.T) { f(t, c, c.watched) })
		if message {
			t.Run("unary", func(t *testing.T) {
				f(t, c, func() error { return c.call(c.t.Context(), "/test.Test/Unary") })
			})
		}
	}
}

// The handler of a stream returns when its client leaves.
func TestLeftStream(t *testing.T) {
	returned := make(chan error, 1)
	c := beside(t, nil, func(s grpc.ServerStream) error {
		returned <- watch(nil, &grpc.GenericServerStream[emptypb.Empty, wrapperspb.Int64Value]{ServerStream: s})
		return nil
	})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	s, err := open[wrapperspb.Int64Value](ctx, c, "/test.Test/Stream")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); err != nil {
		t.Fatal(err)
	}
	leave()
	if err := <-returned; err != nil {
		t.Error(err)
	}
}

// The cookie of a session that is renewed in a stream goes out before the first message; afterwards it is too late.
func TestRenewInStream(t *testing.T) {
	for name, first := range map[string]func(grpc.ServerStream) error{
		"message": func(s grpc.ServerStream) error { return s.SendMsg(&emptypb.Empty{}) },
		"header":  func(s grpc.ServerStream) error { return s.SendHeader(metadata.Pairs("a", "b")) },
	} {
		t.Run(name, func(t *testing.T) {
			late := make(chan error, 1)
			c := beside(t, nil, func(s grpc.ServerStream) error {
				session := sessions.Get(s.Context())
				if err := session.Renew(s.Context()); err != nil {
					return err
				}
				if err := first(s); err != nil {
					return err
				}
				if err := s.SendMsg(&emptypb.Empty{}); err != nil {
					return err
				}
				late <- session.Renew(s.Context())
				<-s.Context().Done()
				return nil
			})
			before := c.cookie()
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			s, err := open[emptypb.Empty](ctx, c, "/test.Test/Stream")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Recv(); err != nil {
				t.Fatal(err)
			}
			if c.cookie() == before {
				t.Error("the stream goes on, and its cookie has not come")
			}
			if err := <-late; !errors.Is(err, atomicsession.ErrHeadersSent) {
				t.Errorf("renewed after the first message: %v", err)
			}
			c.wantVisits(1)
		})
	}
}
