package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"github.com/atomicsession/atomicsession"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// way is how a client speaks to the server.
type way struct {
	name    string
	http2   bool
	options []connect.ClientOption
}

var ways = []way{
	{"Connect over HTTP/1", false, nil},
	{"Connect with JSON over HTTP/2", true, []connect.ClientOption{connect.WithProtoJSON()}},
	{"gRPC", true, []connect.ClientOption{connect.WithGRPC()}},
	{"gRPC-Web", false, []connect.ClientOption{connect.WithGRPCWeb()}},
}

func eachWay(t *testing.T, f func(t *testing.T, w way)) {
	t.Helper()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) { f(t, w) })
	}
}

// serveLoopback runs a server until the test ends, and returns its address.
func serveLoopback(t *testing.T, server *http.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}

// client is one with a cookie jar.
type client struct {
	t    *testing.T
	way  way
	url  string
	http *http.Client
}

func newClient(t *testing.T, w way, address string) *client {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!w.http2)
	transport.Protocols.SetUnencryptedHTTP2(w.http2)
	t.Cleanup(transport.CloseIdleConnections)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, way: w, url: address, http: &http.Client{Transport: transport, Jar: jar}}
}

func call[Request, Response any](c *client, procedure string, request *Request) (*Response, error) {
	rpc := connect.NewClient[Request, Response](c.http, c.url+procedure, c.way.options...)
	response, err := rpc.CallUnary(c.t.Context(), connect.NewRequest(request))
	if err != nil {
		return nil, err
	}
	return response.Msg, nil
}

func (c *client) signIn(password string) error {
	_, err := call[structpb.Struct, emptypb.Empty](c, signInProcedure, &structpb.Struct{Fields: map[string]*structpb.Value{
		"name": structpb.NewStringValue("ann"), "password": structpb.NewStringValue(password),
	}})
	return err
}

func (c *client) visit() (int64, error) {
	n, err := call[emptypb.Empty, wrapperspb.Int64Value](c, visitProcedure, &emptypb.Empty{})
	return n.GetValue(), err
}

func (c *client) watch(ctx context.Context) (*connect.ServerStreamForClient[wrapperspb.Int64Value], error) {
	rpc := connect.NewClient[emptypb.Empty, wrapperspb.Int64Value](c.http, c.url+watchProcedure, c.way.options...)
	return rpc.CallServerStream(ctx, connect.NewRequest(&emptypb.Empty{}))
}

func (c *client) cookie() string {
	c.t.Helper()
	u, err := url.Parse(c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	cookies := c.http.Jar.Cookies(u)
	if len(cookies) == 0 {
		return ""
	}
	if len(cookies) > 1 {
		c.t.Errorf("the cookies are %v", cookies)
	}
	return cookies[0].Value
}

func (c *client) mustSignIn() {
	c.t.Helper()
	if err := c.signIn("correct horse"); err != nil {
		c.t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want connect.Code, message string) {
	t.Helper()
	got, ok := errors.AsType[*connect.Error](err)
	if !ok || got.Code() != want || message != "" && got.Message() != message {
		t.Errorf("the error is %v, want %v: %q", err, want, message)
	}
}

// revokeAll ends what the test has begun: the user is the same in all of them.
func revokeAll(t *testing.T) {
	t.Helper()
	if _, err := sessions.RevokeAll(t.Context(), "42"); err != nil {
		t.Error(err)
	}
}

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
		if n, err := c.visit(); n != 1 || err != nil {
			t.Errorf("got %d, %v: the visits of before the sign-in are left", n, err)
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

// What a call of another origin's page answers, and that of this one's, and that of a page's form.
func TestOrigins(t *testing.T) {
	address := serveLoopback(t, newServer())
	c := newClient(t, ways[0], address)
	c.mustSignIn()
	for _, each := range []struct {
		contentType, name, value string
		want                     int
	}{
		{"application/json", "Sec-Fetch-Site", "same-origin", http.StatusOK},
		{"application/json", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		{"application/json", "Sec-Fetch-Site", "same-site", http.StatusForbidden},
		{"application/json", "Origin", address, http.StatusOK},
		{"application/json", "Origin", "https://evil.example", http.StatusForbidden},
		{"text/plain", "Accept", "*/*", http.StatusUnsupportedMediaType},
		{"application/x-www-form-urlencoded", "Accept", "*/*", http.StatusUnsupportedMediaType},
		{"multipart/form-data; boundary=b", "Accept", "*/*", http.StatusUnsupportedMediaType},
		{"", "Accept", "*/*", http.StatusUnsupportedMediaType},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+visitProcedure, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", each.contentType)
		r.Header.Set(each.name, each.value)
		response, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != each.want {
			t.Errorf("%v: %d", each, response.StatusCode)
		}
	}
	if n, err := c.visit(); n != 3 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	eachWay(t, func(t *testing.T, w way) {
		foreign := newClient(t, w, address)
		foreign.way.options = append(slices.Clone(w.options), connect.WithInterceptors(header{"Origin", "https://evil.example"}))
		wantCode(t, foreign.signIn("correct horse"), connect.CodePermissionDenied, "")
	})
}

// header is sent with every call.
type header struct{ name, value string }

func (h header) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		r.Header().Set(h.name, h.value)
		return next(ctx, r)
	}
}

func (h header) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (h header) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// ProtectCSRF guards the same handlers, by a token in a header.
func TestProtectCSRF(t *testing.T) {
	eachWay(t, func(t *testing.T, w way) {
		mux := http.NewServeMux()
		mux.Handle("/", sessions.ProtectCSRF(newHandler()))
		mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) {
			token, err := sessions.Get(r.Context()).CSRFToken(r.Context())
			if err != nil {
				t.Error(err)
			}
			w.Header().Set("Token", token)
		})
		server := newServer()
		server.Handler = sessions.Middleware(mux)
		c := newClient(t, w, serveLoopback(t, server))
		wantCode(t, c.signIn("correct horse"), connect.CodePermissionDenied, "")

		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url+"/token", nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := c.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		c.way.options = append(slices.Clone(w.options), connect.WithInterceptors(header{"X-CSRF-Token", response.Header.Get("Token")}))
		c.mustSignIn()
		revokeAll(t)
	})
}

// Over TLS HTTP/2 comes by itself.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(newHandler())
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c := newClient(t, ways[2], server.URL)
	c.http.Transport = server.Client().Transport
	c.mustSignIn()
	if n, err := c.visit(); n != 1 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	revokeAll(t)
}

// The condition of an update that does not hold is a code, and nothing of the error's text.
func TestCondition(t *testing.T) {
	const procedure = "/test.Test/Condition"
	eachWay(t, func(t *testing.T, w way) {
		c := newClient(t, w, serveWith(t, unaryOf(procedure, func(ctx context.Context, s *atomicsession.Session) error {
			return s.Update(ctx, atomicsession.If(visits.Eq(7)), visits.Inc(1))
		})))
		c.mustSignIn()
		_, err := call[emptypb.Empty, emptypb.Empty](c, procedure, &emptypb.Empty{})
		wantCode(t, err, connect.CodeFailedPrecondition, "failed_precondition")
		revokeAll(t)
	})
}

func TestCodes(t *testing.T) {
	for err, want := range map[error]connect.Code{
		atomicsession.ErrNotFound:                    connect.CodeUnauthenticated,
		atomicsession.ErrRenewed:                     connect.CodeUnauthenticated,
		atomicsession.ErrReauthenticate:              connect.CodePermissionDenied,
		atomicsession.ErrCSRF:                        connect.CodePermissionDenied,
		atomicsession.ErrCrossSite:                   connect.CodePermissionDenied,
		atomicsession.ErrCondition:                   connect.CodeFailedPrecondition,
		atomicsession.ErrTooManySessions:             connect.CodeFailedPrecondition,
		atomicsession.ErrTooLarge:                    connect.CodeResourceExhausted,
		atomicsession.ErrValue:                       connect.CodeInvalidArgument,
		atomicsession.ErrUnavailable:                 connect.CodeUnavailable,
		atomicsession.ErrNoStore:                     connect.CodeUnavailable,
		atomicsession.ErrUnknownOutcome:              connect.CodeUnknown,
		atomicsession.ErrNoMiddleware:                connect.CodeInternal,
		errors.New("of a database"):                  connect.CodeInternal,
		sessions.Get(t.Context()).Touch(t.Context()): connect.CodeInternal,
	} {
		wantCode(t, coded(t.Context(), fmt.Errorf("secret: %w", err)), want, want.String())
	}
	made := connect.NewError(connect.CodeNotFound, errors.New("no such thing"))
	wantCode(t, coded(t.Context(), made), connect.CodeNotFound, "no such thing")
	ours := sessions.Get(t.Context()).Touch(t.Context())
	wantCode(t, coded(t.Context(), connect.NewError(connect.CodeNotFound, ours)), connect.CodeInternal, "internal")
	if err := coded(t.Context(), nil); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := coded(ctx, atomicsession.ErrNotFound); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
