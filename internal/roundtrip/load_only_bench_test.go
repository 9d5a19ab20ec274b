package roundtrip

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// BenchmarkLoadOnly measures requests that read one field of ten, and those that ask whether there is a session, with and without
// [atomicsession.Session.LoadOnly]. All take turns; of each round it is the share of the time of the whole session, and the median of
// those that is reported.
func BenchmarkLoadOnly(b *testing.B) {
	field := atomicsession.NewKey[string]("field3")
	read := func(r *http.Request, s *atomicsession.Session) error {
		_, _, err := field.Get(r.Context(), s)
		return err
	}
	exists := func(r *http.Request, s *atomicsession.Session) error { _, err := s.Exists(r.Context()); return err }
	requests := map[string]func(*http.Request, *atomicsession.Session) error{
		"/all":   read,
		"/field": func(r *http.Request, s *atomicsession.Session) error { s.LoadOnly(field); return read(r, s) },
		"/none":  func(r *http.Request, s *atomicsession.Session) error { s.LoadOnly(); return exists(r, s) },
	}
	for _, s := range stores {
		b.Run(s.name, func(b *testing.B) {
			sessions, err := atomicsession.New(s.open(b), nil)
			if err != nil {
				b.Fatal(err)
			}
			handler := sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if err := requests[r.URL.Path](r, sessions.Get(r.Context())); err != nil {
					b.Error(err)
				}
			}))
			for _, size := range []int{200, 2_000, 20_000, 200_000} {
				b.Run(fmt.Sprint(size), func(b *testing.B) { loadOnly(b, sessions, handler, size) })
			}
		})
	}
}

func loadOnly(b *testing.B, sessions *atomicsession.Manager, handler http.Handler, size int) {
	var changes []atomicsession.Change
	for i := range 10 {
		text := make([]byte, size/10*3/4) // random, since some stores compress
		_, _ = rand.Read(text)
		changes = append(changes, atomicsession.Path(fmt.Sprint("field", i)).Set(base64.StdEncoding.EncodeToString(text)))
	}
	w := httptest.NewRecorder()
	sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Update(r.Context(), changes...); err != nil {
			b.Fatal(err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	cookie := w.Result().Cookies()[0]
	paths := []string{"/all", "/field", "/none"}
	turn := func(path string) time.Duration {
		start := time.Now()
		for range 20 {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.AddCookie(cookie)
			handler.ServeHTTP(httptest.NewRecorder(), r)
		}
		return time.Since(start)
	}
	shares := make(map[string][]float64)
	for b.Loop() {
		all := turn(paths[0])
		for _, path := range paths[1:] {
			shares[path] = append(shares[path], float64(turn(path))/float64(all))
		}
	}
	for _, path := range paths[1:] {
		slices.Sort(shares[path])
		b.ReportMetric(shares[path][len(shares[path])/2], path[1:]+"/all")
	}
}
