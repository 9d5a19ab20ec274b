package main

import (
	"context"
	"fmt"
	"net"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/atomicsession/atomicsession"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
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
