package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"connectrpc.com/connect"
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
