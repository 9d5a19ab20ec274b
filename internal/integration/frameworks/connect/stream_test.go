package main

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"connectrpc.com/connect"
	"github.com/atomicsession/atomicsession"
	"google.golang.org/protobuf/types/known/emptypb"
)

// A stream sees what other calls do, and ends with the session.
func TestStream(t *testing.T) {
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveLoopback(t, newServer()))
		c.mustSignIn()
		stream, err := c.watch(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if !stream.Receive() || stream.Msg().GetValue() != 1 {
			t.Fatalf("got %v, %v", stream.Msg(), stream.Err())
		}
		if _, err := c.visit(); err != nil {
			t.Error(err)
		}
		for stream.Receive() && stream.Msg().GetValue() == 1 { // one more may have been under way
		}
		if stream.Msg().GetValue() != 2 {
			t.Errorf("got %v, %v", stream.Msg(), stream.Err())
		}
		revokeAll(t)
		for stream.Receive() {
		}
		wantCode(t, stream.Err(), connect.CodeUnauthenticated, "unauthenticated")
	})
}

// The handler of a stream returns when its client leaves.
func TestLeftStream(t *testing.T) {
	eachWay(t, func(t *testing.T, w way) {
		server := newServer()
		handler, returned := server.Handler, make(chan struct{})
		server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler.ServeHTTP(w, r)
			if r.URL.Path == watchProcedure {
				close(returned)
			}
		})
		c := newClient(t, w, serveLoopback(t, server))
		c.mustSignIn()
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		stream, err := c.watch(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if !stream.Receive() {
			t.Fatal(stream.Err())
		}
		leave()
		<-returned
		revokeAll(t)
	})
}

// serveWith serves other handlers beside the program's, with its options.
func serveWith(t *testing.T, handlers map[string]func(options connect.HandlerOption) http.Handler) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", newHandler())
	for procedure, handler := range handlers {
		mux.Handle(procedure, handler(connect.WithHandlerOptions(connect.WithRequestGate(requireUser), connect.WithInterceptors(errorCodes{}))))
	}
	server := newServer()
	server.Handler = sessions.Middleware(mux)
	return serveLoopback(t, server)
}

// unaryOf is a procedure that does nothing but f.
func unaryOf(
	procedure string, f func(ctx context.Context, s *atomicsession.Session) error,
) map[string]func(connect.HandlerOption) http.Handler {
	return map[string]func(connect.HandlerOption) http.Handler{procedure: func(options connect.HandlerOption) http.Handler {
		return connect.NewUnaryHandlerSimple(procedure, func(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
			return &emptypb.Empty{}, f(ctx, sessions.Get(ctx))
		}, options)
	}}
}

// The cookie of a session that is renewed in a stream goes out before the first message; afterwards it is too late.
func TestRenewInStream(t *testing.T) {
	const procedure = "/test.Test/Renew"
	eachWay(t, func(t *testing.T, w way) {
		late := make(chan error, 1)
		address := serveWith(t, map[string]func(connect.HandlerOption) http.Handler{procedure: func(options connect.HandlerOption) http.Handler {
			return connect.NewServerStreamHandlerSimple(procedure, func(
				ctx context.Context, _ *emptypb.Empty, stream *connect.ServerStream[emptypb.Empty],
			) error {
				session := sessions.Get(ctx)
				if err := session.Renew(ctx); err != nil {
					return err
				}
				if err := stream.Send(&emptypb.Empty{}); err != nil {
					return err
				}
				late <- session.Renew(ctx)
				<-ctx.Done()
				return nil
			}, options)
		}})
		c := newClient(t, w, address)
		c.mustSignIn()
		before := c.cookie()
		ctx, leave := context.WithCancel(t.Context())
		defer leave()
		stream, err := connect.NewClient[emptypb.Empty, emptypb.Empty](c.http, c.url+procedure, w.options...).
			CallServerStream(ctx, connect.NewRequest(&emptypb.Empty{}))
		if err != nil {
			t.Fatal(err)
		}
		defer stream.Close()
		if !stream.Receive() {
			t.Fatal(stream.Err())
		}
		if after := c.cookie(); after == before {
			t.Error("the stream goes on, and its cookie has not come")
		}
		if err := <-late; !errors.Is(err, atomicsession.ErrHeadersSent) {
			t.Errorf("renewed after the first message: %v", err)
		}
		if n, err := c.visit(); n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		leave()
		revokeAll(t)
	})
}
