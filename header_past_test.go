package atomicsession_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// teller is a writer that says whether its header is out, as those of frameworks do.
type teller struct {
	http.ResponseWriter
	out bool
}

func (w *teller) Written() bool { return w.out }

func (w *teller) Write(b []byte) (int, error) {
	w.out = true
	return w.ResponseWriter.Write(b)
}

// committer says it by a field.
type committer struct {
	http.ResponseWriter
	Committed bool
}

func (w *committer) Write(b []byte) (int, error) {
	w.Committed = true
	return w.ResponseWriter.Write(b)
}

// wrapper is what may stand between.
type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// The log tells once of a cookie that reaches nobody, since the response was written past the middleware's writer; and of nothing else.
func TestWrittenPast(t *testing.T) {
	change := func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, views.Inc(1)) }
	look := func(ctx context.Context, s *atomicsession.Session) error { _, err := s.Exists(ctx); return err }
	tests := map[string]struct {
		outer   func(http.ResponseWriter) http.ResponseWriter
		use     func(context.Context, *atomicsession.Session) error
		past    bool
		warning int
	}{
		"method":       {func(w http.ResponseWriter) http.ResponseWriter { return &teller{ResponseWriter: w} }, change, true, 1},
		"field":        {func(w http.ResponseWriter) http.ResponseWriter { return &committer{ResponseWriter: w} }, change, true, 1},
		"below":        {func(w http.ResponseWriter) http.ResponseWriter { return wrapper{&teller{ResponseWriter: w}} }, change, true, 1},
		"nobody tells": {func(w http.ResponseWriter) http.ResponseWriter { return wrapper{w} }, change, true, 0},
		"no cookie":    {func(w http.ResponseWriter) http.ResponseWriter { return &teller{ResponseWriter: w} }, look, true, 0},
		"as it should": {func(w http.ResponseWriter) http.ResponseWriter { return &teller{ResponseWriter: w} }, change, false, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sink := new(sink)
			m := newManager(t, newStore(), sink.options())
			for range 2 {
				w := test.outer(httptest.NewRecorder())
				m.Middleware(http.HandlerFunc(func(inner http.ResponseWriter, r *http.Request) {
					must(t, test.use(r.Context(), m.Get(r.Context())))
					if test.past {
						inner = w
					}
					_, _ = inner.Write([]byte("hello"))
				})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://shop.example/", nil))
			}
			if n := strings.Count(sink.log.String(), "level=WARN"); n != test.warning {
				t.Errorf("%d warnings, not %d: %s", n, test.warning, &sink.log)
			}
		})
	}
}

// The log tells once of a context that did not pass the middleware, when the session is used with it, and so does each error.
func TestUnwrapped(t *testing.T) {
	sink := new(sink)
	m := newManager(t, newStore(), sink.options())
	s := m.Get(t.Context())
	s.LoadOnly()
	if _, err := m.Get(t.Context()).Exists(t.Context()); err == nil || !strings.Contains(err.Error(), "context.cancelCtx") {
		t.Errorf("the error does not say what the context is: %v", err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	w := httptest.NewRecorder()
	m.ProtectCSRF(m.Middleware(http.NotFoundHandler())).ServeHTTP(w, r) // in the wrong order
	if w.Code != http.StatusInternalServerError {
		t.Errorf("the answer is %d", w.Code)
	}
	if n := strings.Count(sink.log.String(), "did not pass Manager.Middleware"); n != 1 {
		t.Errorf("%d warnings: %s", n, &sink.log)
	}
}
