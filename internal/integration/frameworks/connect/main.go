// A service with connect-go: sign-in, a call that counts, a stream, and codes for what sessions answer.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
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
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for http://127.0.0.1: leave it out in production
	})
	if err != nil {
		log.Fatal(err)
	}
	return m
}

func main() {
	log.Fatal(newServer().ListenAndServe())
}

func newServer() *http.Server {
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: newHandler(), Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true) // for clients that speak gRPC; TLS has HTTP/2 anyway
	return server
}

// The names of the procedures. Generated code has constants for them, and calls connect.New...Handler for you.
const (
	signInProcedure  = "/example.Shop/SignIn"
	visitProcedure   = "/example.Shop/Visit"
	watchProcedure   = "/example.Shop/Watch"
	signOutProcedure = "/example.Shop/SignOut"
)

func newHandler() http.Handler {
	options := connect.WithHandlerOptions(
		connect.WithRequestGate(requireUser),
		connect.WithInterceptors(errorCodes{}),
		connect.WithReadMaxBytes(1<<20),
	)
	mux := http.NewServeMux()
	mux.Handle(signInProcedure, connect.NewUnaryHandlerSimple(signInProcedure, signIn, options))
	mux.Handle(visitProcedure, connect.NewUnaryHandlerSimple(visitProcedure, visit, options))
	mux.Handle(watchProcedure, connect.NewServerStreamHandlerSimple(watchProcedure, watch, options))
	mux.Handle(signOutProcedure, connect.NewUnaryHandlerSimple(signOutProcedure, signOut, options))
	return sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.CheckOrigin(r); err != nil {
			sessions.WriteError(w, r, err) // 403, which is PermissionDenied to clients of every protocol
			return
		}
		mux.ServeHTTP(w, r)
	}))
}

func signIn(ctx context.Context, r *structpb.Struct) (*emptypb.Empty, error) {
	if r.Fields["name"].GetStringValue() != "ann" || r.Fields["password"].GetStringValue() != "correct horse" { // yours asks the database
		return nil, connect.NewError(connect.CodeUnauthenticated, errors.New("wrong name or password"))
	}
	return &emptypb.Empty{}, sessions.Get(ctx).SignIn(ctx, "42", atomicsession.AuthenticatedBy("pwd"))
}

func visit(ctx context.Context, _ *emptypb.Empty) (*wrapperspb.Int64Value, error) {
	n, err := visits.Add(ctx, sessions.Get(ctx), 1)
	return wrapperspb.Int64(n), err
}

// watch tells how many visits there have been, every second, until the client leaves or the session ends.
func watch(ctx context.Context, _ *emptypb.Empty, stream *connect.ServerStream[wrapperspb.Int64Value]) error {
	session := sessions.Get(ctx)
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
func requireUser(ctx context.Context, spec connect.Spec, _ connect.Peer, _ http.Header) (context.Context, error) {
	if spec.Procedure == signInProcedure {
		return ctx, nil
	}
	user, err := sessions.Get(ctx).User(ctx)
	if err == nil && user == "" {
		err = connect.NewError(connect.CodeUnauthenticated, errors.New("sign in"))
	}
	return ctx, coded(ctx, err)
}

type errorCodes struct{}

func (errorCodes) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, r connect.AnyRequest) (connect.AnyResponse, error) {
		response, err := next(ctx, r)
		if err == nil {
			err = sessions.Get(ctx).Flush(ctx) // what Session.Later has queued, or it would be too late for an error
		}
		return response, coded(ctx, err)
	}
}

func (errorCodes) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return coded(ctx, next(ctx, conn))
	}
}

func (errorCodes) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

var codes = map[int]connect.Code{
	http.StatusBadRequest:            connect.CodeInvalidArgument,
	http.StatusForbidden:             connect.CodePermissionDenied,   // ErrReauthenticate, ErrCSRF, ErrCrossSite
	http.StatusConflict:              connect.CodeFailedPrecondition, // ErrCondition, ErrTooManySessions
	http.StatusGone:                  connect.CodeUnauthenticated,    // ErrNotFound: the session has ended; ErrRenewed: has a new secret
	http.StatusRequestEntityTooLarge: connect.CodeResourceExhausted,
	http.StatusServiceUnavailable:    connect.CodeUnavailable, // the store
}

// coded returns what a client learns of an error: its text only if a handler has made a connect.Error of it.
func coded(ctx context.Context, err error) error {
	_, made := errors.AsType[*connect.Error](err)
	_, ofSession := errors.AsType[*atomicsession.Error](err)
	if err == nil || made && !ofSession {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err() // Canceled or DeadlineExceeded
	}
	code, ok := codes[atomicsession.StatusCode(err)]
	switch {
	case errors.Is(err, atomicsession.ErrUnknownOutcome):
		code = connect.CodeUnknown // clients repeat what is Unavailable, and this may have been done
	case !ok:
		code = connect.CodeInternal
		log.Print(err)
	}
	return connect.NewError(code, errors.New(code.String()))
}
