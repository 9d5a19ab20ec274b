package atomicsession_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// BenchmarkRequest is what sessions cost a request on a store in memory: one that does not use its session, or only gets it, one that reads,
// and one that changes a field.
func BenchmarkRequest(b *testing.B) {
	visits := atomicsession.NewCounter("visits")
	m, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		b.Fatal(err)
	}
	serve := func(h func(r *http.Request, s *atomicsession.Session) error) http.Handler {
		return m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if err := h(r, m.Get(r.Context())); err != nil {
				b.Error(err)
			}
		}))
	}
	update := serve(func(r *http.Request, s *atomicsession.Session) error { return s.Update(r.Context(), visits.Inc(1)) })
	first := httptest.NewRecorder()
	update.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "/", nil))
	for name, h := range map[string]http.Handler{
		"unused":   m.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})),
		"only got": serve(func(*http.Request, *atomicsession.Session) error { return nil }),
		"update":   update,
		"ten later": serve(func(r *http.Request, s *atomicsession.Session) error {
			for range 10 {
				if err := s.Later(r.Context(), visits.Inc(1)); err != nil {
					return err
				}
			}
			return nil
		}),
		"read": serve(func(r *http.Request, s *atomicsession.Session) error {
			_, _, err := visits.Get(r.Context(), s)
			return err
		}),
		"five reads": serve(func(r *http.Request, s *atomicsession.Session) error {
			for range 5 {
				if _, _, err := visits.Get(r.Context(), s); err != nil {
					return err
				}
			}
			return nil
		}),
	} {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Cookie", first.Header().Get("Set-Cookie"))
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				clear(w.Header())
				h.ServeHTTP(w, r)
			}
		})
	}
}
