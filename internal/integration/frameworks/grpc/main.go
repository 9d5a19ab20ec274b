// A service with grpc-go: sign-in, a call that counts, a stream, and interceptors that give calls their sessions.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

var (
	sessions = newSessions()
	visits   = atomicsession.NewCounter("visits")
)

func newSessions() *atomicsession.Manager {
	m, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for 127.0.0.1 without TLS: leave it out in production
	})
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(newServer().Serve(listener)) // in production newServer(grpc.Creds(...))
}

func newServer(options ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(append(options, grpc.ChainUnaryInterceptor(unary), grpc.ChainStreamInterceptor(streaming))...)
	server.RegisterService(&service, nil)
	return server
}

func signIn(ctx context.Context, r *structpb.Struct) (*emptypb.Empty, error) {
	if r.Fields["name"].GetStringValue() != "ann" || r.Fields["password"].GetStringValue() != "correct horse" { // yours asks the database
		return nil, status.Error(codes.Unauthenticated, "wrong name or password")
	}
	return &emptypb.Empty{}, sessions.Get(ctx).SignIn(ctx, "42", atomicsession.AuthenticatedBy("pwd"))
}

func visit(ctx context.Context, _ *emptypb.Empty) (*wrapperspb.Int64Value, error) {
	n, err := visits.Add(ctx, sessions.Get(ctx), 1)
	return wrapperspb.Int64(n), err
}

// watch tells how many visits there have been, every second, until the client leaves or the session ends.
func watch(_ *emptypb.Empty, stream grpc.ServerStreamingServer[wrapperspb.Int64Value]) error {
	ctx, session := stream.Context(), sessions.Get(stream.Context())
	n, err := visits.Add(ctx, session, 1) // before the first Send, since it may change the cookie: that has to go out with the header
	for err == nil {
		if err := stream.Send(wrapperspb.Int64(n)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
		if err = session.Peek(ctx); err == nil { // sees what other calls have done, and is no use that would keep the session alive
			n, _, err = visits.Get(ctx, session)
		}
	}
	return err
}

func signOut(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, sessions.Get(ctx).Destroy(ctx)
}

// requireUser lets everybody sign in, and nobody else do anything.
func requireUser(ctx context.Context, method string) error {
	if method == "/example.Shop/SignIn" {
		return nil
	}
	user, err := sessions.Get(ctx).User(ctx)
	if err == nil && user == "" {
		err = status.Error(codes.Unauthenticated, "sign in")
	}
	return err
}

// From here on it is the same in every program.

func unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (response any, err error) {
	setHeader := func(md metadata.MD) error { return grpc.SetHeader(ctx, md) }
	err = serve(ctx, info.FullMethod, setHeader, func(ctx context.Context, _ func() error) (err error) {
		response, err = handler(ctx, request)
		return err
	})
	return response, err
}

func streaming(server any, s grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return serve(s.Context(), info.FullMethod, s.SetHeader, func(ctx context.Context, commit func() error) error {
		return handler(server, &stream{s, ctx, commit})
	})
}

// serve gives a call its session. What commit does is done before the first message.
func serve(
	ctx context.Context, method string, setHeader func(metadata.MD) error, handle func(ctx context.Context, commit func() error) error,
) (err error) {
	header := header{}
	x := sessions.Begin(header, newRequest(ctx, method))
	code := http.StatusInternalServerError // unless it succeeds: what Session.Later has queued is dropped then
	send := sync.OnceValue(func() error {
		if cookies := header["Set-Cookie"]; len(cookies) > 0 {
			return setHeader(metadata.MD{"set-cookie": cookies})
		}
		return nil
	})
	defer func() {
		if failed := errors.Join(x.Finish(code), send()); failed != nil {
			err = coded(ctx, failed)
		}
	}()
	if err = sessions.CheckOrigin(x.Request); err == nil { // browsers come through a proxy that speaks gRPC-Web
		err = requireUser(x.Request.Context(), method)
	}
	if err == nil {
		err = handle(x.Request.Context(), func() error { return errors.Join(x.Commit(http.StatusOK), send()) })
	}
	if err != nil {
		return coded(ctx, err)
	}
	code = http.StatusOK
	return nil
}

// newRequest makes a call look like the HTTP request that it is.
func newRequest(ctx context.Context, method string) *http.Request {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: method}, RequestURI: method, Header: http.Header{}}
	md, _ := metadata.FromIncomingContext(ctx)
	for name, values := range md {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Host = strings.Join(md[":authority"], "")
	if p, ok := peer.FromContext(ctx); ok {
		r.RemoteAddr = p.Addr.String() // for Options.Device
		if info, ok := p.AuthInfo.(credentials.TLSInfo); ok {
			r.TLS = &info.State
		}
	}
	return r.WithContext(ctx)
}

// header is a ResponseWriter that takes the cookies and nothing else: a call has no status or body of HTTP.
type header http.Header

func (h header) Header() http.Header          { return http.Header(h) }
func (header) WriteHeader(int)                {}
func (header) Write(text []byte) (int, error) { return len(text), nil }

// stream commits before its header goes out.
type stream struct {
	grpc.ServerStream
	ctx    context.Context
	commit func() error
}

func (s *stream) Context() context.Context { return s.ctx }

func (s *stream) SendHeader(md metadata.MD) error {
	if err := s.commit(); err != nil {
		return err
	}
	return s.ServerStream.SendHeader(md)
}

func (s *stream) SendMsg(message any) error {
	if err := s.commit(); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(message)
}

var statusCodes = map[int]codes.Code{
	http.StatusBadRequest:            codes.InvalidArgument,
	http.StatusForbidden:             codes.PermissionDenied,   // ErrReauthenticate, ErrCSRF, ErrCrossSite
	http.StatusConflict:              codes.FailedPrecondition, // ErrCondition, ErrTooManySessions
	http.StatusGone:                  codes.Unauthenticated,    // ErrNotFound: the session has ended; ErrRenewed: has a new secret
	http.StatusRequestEntityTooLarge: codes.ResourceExhausted,
	http.StatusServiceUnavailable:    codes.Unavailable, // the store
}

// coded returns what a client learns of an error: its text only if a handler has made a status of it.
func coded(ctx context.Context, err error) error {
	_, made := status.FromError(err)
	_, ofSession := errors.AsType[*atomicsession.Error](err)
	if made && !ofSession { // or nil
		return err
	}
	if ctx.Err() != nil {
		return status.FromContextError(ctx.Err()).Err()
	}
	code, ok := statusCodes[atomicsession.StatusCode(err)]
	switch {
	case errors.Is(err, atomicsession.ErrUnknownOutcome):
		code = codes.Unknown // clients repeat what is Unavailable, and this may have been done
	case !ok:
		code = codes.Internal
		log.Print(err)
	}
	return status.Error(code, code.String())
}

// The rest is what protoc-gen-go-grpc makes of a service.

var service = grpc.ServiceDesc{
	ServiceName: "example.Shop",
	Methods:     []grpc.MethodDesc{method("SignIn", signIn), method("Visit", visit), method("SignOut", signOut)},
	Streams: []grpc.StreamDesc{{StreamName: "Watch", ServerStreams: true, Handler: func(_ any, s grpc.ServerStream) error {
		request := new(emptypb.Empty)
		if err := s.RecvMsg(request); err != nil {
			return err
		}
		return watch(request, &grpc.GenericServerStream[emptypb.Empty, wrapperspb.Int64Value]{ServerStream: s})
	}}},
}

func method[Request, Response any](name string, call func(context.Context, *Request) (*Response, error)) grpc.MethodDesc {
	handle := func(ctx context.Context, request any) (any, error) { return call(ctx, request.(*Request)) }
	info := &grpc.UnaryServerInfo{FullMethod: "/example.Shop/" + name}
	return grpc.MethodDesc{MethodName: name, Handler: func(
		_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor,
	) (any, error) {
		request := new(Request)
		if err := decode(request); err != nil {
			return nil, err
		}
		return intercept(ctx, request, info, handle)
	}}
}
