package adaptertest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adaptertest"
)

// recovers is what stands outside of the session in a program of net/http.
func recovers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// site is a program of net/http, with the session by one of its two ways.
func site(session func(*atomicsession.Manager, http.Handler) http.Handler) adaptertest.Framework {
	return adaptertest.Framework{Serve: func(t *testing.T, m *atomicsession.Manager, handle adaptertest.Handler) string {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := handle(r.Context(), r.URL.Path).Write(m, w, r); err != nil {
				_ = handle(r.Context(), adaptertest.ErrorPage).Write(m, w, r)
			}
		})
		mux := http.NewServeMux()
		mux.Handle("/", handler)
		mux.Handle(adaptertest.Guarded, m.ProtectCSRF(handler))
		server := httptest.NewServer(recovers(session(m, mux)))
		t.Cleanup(server.Close)
		return server.URL
	}}
}

func TestMiddleware(t *testing.T) {
	adaptertest.Run(t, site((*atomicsession.Manager).Middleware))
}

func TestBegin(t *testing.T) {
	adaptertest.Run(t, site(func(m *atomicsession.Manager, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			x := m.Begin(w, r)
			status := http.StatusInternalServerError
			defer func() { _ = x.Finish(status) }()
			next.ServeHTTP(x.Writer, x.Request)
			status = http.StatusOK
		})
	}))
}
