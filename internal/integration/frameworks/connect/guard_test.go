package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/atomicsession/atomicsession"
	"google.golang.org/protobuf/types/known/emptypb"
)

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
