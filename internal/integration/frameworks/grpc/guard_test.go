package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

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
