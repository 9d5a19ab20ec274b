package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serveLoopback runs a server until the test ends, and returns its address.
func serveLoopback(t *testing.T, server *grpc.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// client is one with a cookie jar.
type client struct {
	*grpc.ClientConn
	t       *testing.T
	cookies cookies
}

func newClient(t *testing.T, address string, transport credentials.TransportCredentials) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	site := &url.URL{Scheme: "http", Host: address}
	if transport.Info().SecurityProtocol == "tls" {
		site.Scheme = "https"
	}
	c := &client{t: t, cookies: cookies{jar, site}}
	c.ClientConn, err = grpc.NewClient(address, grpc.WithTransportCredentials(transport), grpc.WithStatsHandler(c.cookies))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// plain is a client of the program's server.
func plain(t *testing.T) *client {
	t.Helper()
	return newClient(t, serveLoopback(t, newServer()), insecure.NewCredentials())
}

// beside is a client, who has signed in, of a server that has other handlers beside the program's, and recovers from panics.
func beside(t *testing.T, unary func(context.Context, *atomicsession.Session) error, stream func(grpc.ServerStream) error) *client {
	t.Helper()
	server := newServer(
		grpc.ChainUnaryInterceptor(func(ctx context.Context, r any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (_ any, err error) {
			defer recovered(&err)
			return next(ctx, r)
		}),
		grpc.ChainStreamInterceptor(func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
			defer recovered(&err)
			return next(srv, s)
		}),
	)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "test.Test",
		Methods: []grpc.MethodDesc{method("Unary", func(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
			return &emptypb.Empty{}, unary(ctx, sessions.Get(ctx))
		})},
		Streams: []grpc.StreamDesc{{StreamName: "Stream", ServerStreams: true, Handler: func(_ any, s grpc.ServerStream) error {
			if err := s.RecvMsg(&emptypb.Empty{}); err != nil {
				return err
			}
			return stream(s)
		}}},
	}, nil)
	c := newClient(t, serveLoopback(t, server), insecure.NewCredentials())
	c.mustSignIn()
	t.Cleanup(func() { _, _ = sessions.RevokeAll(context.WithoutCancel(t.Context()), "42") })
	return c
}

func recovered(err *error) {
	if reason := recover(); reason != nil {
		*err = status.Error(codes.Internal, fmt.Sprint("recovered: ", reason))
	}
}

func (c *client) call(ctx context.Context, method string) error {
	return c.Invoke(ctx, method, &emptypb.Empty{}, &emptypb.Empty{})
}

func (c *client) signIn(ctx context.Context, password string) error {
	return c.Invoke(ctx, "/example.Shop/SignIn", &structpb.Struct{Fields: map[string]*structpb.Value{
		"name": structpb.NewStringValue("ann"), "password": structpb.NewStringValue(password),
	}}, &emptypb.Empty{})
}

func (c *client) mustSignIn() {
	c.t.Helper()
	if err := c.signIn(c.t.Context(), "correct horse"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) visit() (int64, error) {
	var n wrapperspb.Int64Value
	err := c.Invoke(c.t.Context(), "/example.Shop/Visit", &emptypb.Empty{}, &n)
	return n.GetValue(), err
}

func (c *client) wantVisits(want int64) {
	c.t.Helper()
	if n, err := c.visit(); n != want || err != nil {
		c.t.Errorf("got %d, %v, want %d", n, err, want)
	}
}

// open opens a stream of the server's messages.
func open[Message any](ctx context.Context, c *client, method string) (grpc.ServerStreamingClient[Message], error) {
	s, err := c.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return nil, err
	}
	if err := s.SendMsg(&emptypb.Empty{}); err != nil {
		return nil, err
	}
	return &grpc.GenericClientStream[emptypb.Empty, Message]{ClientStream: s}, s.CloseSend()
}

func (c *client) cookie() string {
	c.t.Helper()
	got := c.cookies.jar.Cookies(c.cookies.site)
	switch len(got) {
	case 0:
		return ""
	case 1:
		return got[0].Value
	}
	c.t.Errorf("the cookies are %v", got)
	return ""
}

func wantCode(t *testing.T, err error, want codes.Code, message string) {
	t.Helper()
	if got, ok := status.FromError(err); !ok || got.Code() != want || got.Message() != message {
		t.Errorf("the error is %v, want %v: %q", err, want, message)
	}
}

func revokeAll(t *testing.T) {
	t.Helper()
	if _, err := sessions.RevokeAll(t.Context(), "42"); err != nil {
		t.Error(err)
	}
}

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
	c.wantVisits(1)

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

// The condition of an update that does not hold is a code, and nothing of the error's text.
func TestCondition(t *testing.T) {
	ways(t, func(ctx context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.If(visits.Eq(7)), visits.Inc(1))
	}, func(t *testing.T, _ *client, call func() error) {
		wantCode(t, call(), codes.FailedPrecondition, "FailedPrecondition")
	})
}

// A proxy passes on what browsers say of the page that calls.
func TestOrigins(t *testing.T) {
	c := plain(t)
	for _, pair := range [][2]string{{"origin", "https://evil.example"}, {"sec-fetch-site", "cross-site"}} {
		err := c.signIn(metadata.AppendToOutgoingContext(t.Context(), pair[0], pair[1]), "correct horse")
		wantCode(t, err, codes.PermissionDenied, "PermissionDenied")
	}
	for _, pair := range [][2]string{{"origin", c.cookies.site.String()}, {"sec-fetch-site", "same-origin"}} {
		if err := c.signIn(metadata.AppendToOutgoingContext(t.Context(), pair[0], pair[1]), "correct horse"); err != nil {
			t.Errorf("%v: %v", pair, err)
		}
	}
	revokeAll(t)
}

// Over TLS, as in production, the cookie has its safe name. What a session says of its device is what the client says.
func TestTLS(t *testing.T) {
	certificates := httptest.NewTLSServer(nil)
	defer certificates.Close()
	before := sessions
	defer func() { sessions = before }()
	var err error
	var requests []*http.Request
	sessions, err = atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SecureRequest: func(r *http.Request) bool { return r.TLS != nil },
		Device: func(r *http.Request) map[string]string {
			requests = append(requests, r)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	address := serveLoopback(t, newServer(grpc.Creds(credentials.NewServerTLSFromCert(&certificates.TLS.Certificates[0]))))
	roots := certificates.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := newClient(t, address, credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: "example.com"}))
	c.mustSignIn()
	c.wantVisits(1)
	if got := c.cookies.jar.Cookies(c.cookies.site); len(got) != 1 || got[0].Name != "__Host-session" {
		t.Errorf("the cookies are %v", got)
	}
	list, err := sessions.UserSessions(t.Context(), "42")
	if err != nil || len(list) != 1 || !strings.Contains(list[0].UserAgent, "grpc-go/") {
		t.Errorf("the sessions are %v, %v", list, err)
	}
	for _, r := range requests {
		if r.TLS == nil || r.Host != "example.com" || !strings.HasPrefix(r.RemoteAddr, "127.0.0.1:") || r.URL.Path != "/example.Shop/SignIn" {
			t.Errorf("the request is %s %s %s of %s", r.Method, r.Host, r.URL, r.RemoteAddr)
		}
	}
	if len(requests) == 0 {
		t.Error("there is no request")
	}
}

// A grpc.Server is an http.Handler, too, which Middleware wraps: the interceptors find the session there.
func TestServeHTTP(t *testing.T) {
	server := newServer()
	defer server.Stop()
	below := httptest.NewUnstartedServer(sessions.Middleware(server))
	below.EnableHTTP2 = true
	below.StartTLS()
	defer below.Close()
	roots := below.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := newClient(t, below.Listener.Addr().String(), credentials.NewTLS(&tls.Config{RootCAs: roots, ServerName: "example.com"}))
	c.mustSignIn()
	c.wantVisits(1)
	s, err := open[wrapperspb.Int64Value](t.Context(), c, "/example.Shop/Watch")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Recv(); n.GetValue() != 2 || err != nil {
		t.Errorf("got %v, %v", n, err)
	}
	revokeAll(t)
	for err == nil {
		_, err = s.Recv()
	}
	wantCode(t, err, codes.Unauthenticated, "Unauthenticated")
}

func TestCodes(t *testing.T) {
	for err, want := range map[error]codes.Code{
		atomicsession.ErrNotFound:                    codes.Unauthenticated,
		atomicsession.ErrRenewed:                     codes.Unauthenticated,
		atomicsession.ErrReauthenticate:              codes.PermissionDenied,
		atomicsession.ErrCSRF:                        codes.PermissionDenied,
		atomicsession.ErrCrossSite:                   codes.PermissionDenied,
		atomicsession.ErrCondition:                   codes.FailedPrecondition,
		atomicsession.ErrTooManySessions:             codes.FailedPrecondition,
		atomicsession.ErrTooLarge:                    codes.ResourceExhausted,
		atomicsession.ErrValue:                       codes.InvalidArgument,
		atomicsession.ErrUnavailable:                 codes.Unavailable,
		atomicsession.ErrNoStore:                     codes.Unavailable,
		atomicsession.ErrUnknownOutcome:              codes.Unknown,
		atomicsession.ErrNoMiddleware:                codes.Internal,
		errors.New("of a database"):                  codes.Internal,
		sessions.Get(t.Context()).Touch(t.Context()): codes.Internal,
	} {
		wantCode(t, coded(t.Context(), fmt.Errorf("secret: %w", err)), want, want.String())
	}
	wantCode(t, coded(t.Context(), status.Error(codes.NotFound, "no such thing")), codes.NotFound, "no such thing")
	if err := coded(t.Context(), nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, coded(ctx, atomicsession.ErrNotFound), codes.Canceled, context.Canceled.Error())
}
