package atomicsession_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// The writers below record what reaches them.
type plainWriter struct {
	*httptest.ResponseRecorder
	got []string
}

func (w *plainWriter) note(s string) { w.got = append(w.got, s) }

type basicWriter struct{ w *plainWriter }

func (b basicWriter) Header() http.Header         { return b.w.Header() }
func (b basicWriter) Write(p []byte) (int, error) { return b.w.Write(p) }
func (b basicWriter) WriteHeader(code int)        { b.w.WriteHeader(code) }

type (
	flusher  struct{ w *plainWriter }
	hijacker struct{ w *plainWriter }
	reader   struct{ w *plainWriter }
	notifier struct{ gone chan bool }

	// errFlusher flushes in no other way.
	errFlusher struct{ w *plainWriter }

	http1Writer struct {
		basicWriter
		flusher
		hijacker
	}
)

var errHijacked, errFlushed = errors.New("hijacked"), errors.New("flushed")

func (n notifier) CloseNotify() <-chan bool { return n.gone }

func (f errFlusher) FlushError() error {
	f.w.note("FlushError")
	return errFlushed
}

func (f flusher) Flush() { f.w.note("Flush") }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h.w.note("Hijack")
	return nil, nil, errHijacked
}

func (r reader) ReadFrom(src io.Reader) (int64, error) {
	r.w.note("ReadFrom")
	return io.Copy(struct{ io.Writer }{r.w}, src)
}

// within runs f as a handler over the given writer, with a session that must hand out a cookie.
func within(t *testing.T, w http.ResponseWriter, f func(http.ResponseWriter)) {
	t.Helper()
	m := newManager(t, newStore(), nil)
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
			t.Error(err)
		}
		f(w)
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
}

func wantCookieSet(t *testing.T, h http.Header) {
	t.Helper()
	if h.Get("Set-Cookie") == "" {
		t.Error("the session's cookie was not added in time")
	}
}

func TestResponseHasTheAbilitiesOfTheWriterBelow(t *testing.T) {
	p := &plainWriter{ResponseRecorder: httptest.NewRecorder()}
	basic := basicWriter{p}
	for _, c := range []struct {
		name          string
		w             http.ResponseWriter
		flush, hijack bool
	}{
		{"none", basic, false, false},
		{"a test's", httptest.NewRecorder(), true, false},
		{"Flusher", struct {
			basicWriter
			flusher
		}{basic, flusher{p}}, true, false},
		{"Hijacker", struct {
			basicWriter
			hijacker
		}{basic, hijacker{p}}, false, true},
		{"HTTP/1", http1Writer{basic, flusher{p}, hijacker{p}}, true, true},
		{"FlushError alone", struct {
			basicWriter
			errFlusher
		}{basic, errFlusher{p}}, true, false},
	} {
		within(t, c.w, func(w http.ResponseWriter) {
			_, flush := w.(http.Flusher)
			_, flushError := w.(interface{ FlushError() error })
			_, hijack := w.(http.Hijacker)
			if flush != c.flush || flushError != c.flush || hijack != c.hijack {
				t.Errorf("%s: Flush %v, FlushError %v, Hijack %v", c.name, flush, flushError, hijack)
			}
			if got := w.(interface{ Unwrap() http.ResponseWriter }).Unwrap(); got != c.w {
				t.Errorf("%s: Unwrap returns %v", c.name, got)
			}
		})
	}
}

func TestResponseCallsReachTheWriterBelow(t *testing.T) {
	p := &plainWriter{ResponseRecorder: httptest.NewRecorder()}
	http1 := struct {
		http1Writer
		reader
	}{http1Writer{basicWriter{p}, flusher{p}, hijacker{p}}, reader{p}}
	within(t, http1, func(w http.ResponseWriter) {
		if _, _, err := w.(http.Hijacker).Hijack(); !errors.Is(err, errHijacked) {
			t.Errorf("Hijack: %v", err)
		}
		wantCookieSet(t, w.Header()) // for those who write the header themselves
		w.(http.Flusher).Flush()
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		// A reader without WriteTo, as a file limited to a range is.
		if n, err := io.Copy(w, io.LimitReader(strings.NewReader("hello"), 5)); n != 5 || err != nil {
			t.Errorf("Copy: %d, %v", n, err)
		}
	})
	if got, want := strings.Join(p.got, " "), "Hijack Flush Flush ReadFrom"; got != want {
		t.Errorf("the writer below got %q, want %q", got, want)
	}
	if p.Body.String() != "hello" {
		t.Errorf("the body is %q", p.Body)
	}
}

// unwrapOnly is the wrapper of a middleware that relies on http.ResponseController.
type unwrapOnly struct{ http.ResponseWriter }

func (u unwrapOnly) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func TestFlushThroughAWrapperThatOnlyUnwraps(t *testing.T) {
	rec := httptest.NewRecorder()
	within(t, struct{ unwrapOnly }{unwrapOnly{rec}}, func(w http.ResponseWriter) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	})
	if !rec.Flushed {
		t.Error("the flush did not arrive")
	}
	wantCookieSet(t, rec.Result().Header)
	p := &plainWriter{ResponseRecorder: httptest.NewRecorder()}
	below := struct {
		basicWriter
		hijacker
	}{basicWriter{p}, hijacker{p}}
	within(t, unwrapOnly{below}, func(w http.ResponseWriter) {
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, errHijacked) {
			t.Error(err)
		}
		wantCookieSet(t, w.Header())
	})
}

// The session is sent before a writer is flushed that has no Flush, only what [http.ResponseController] looks for.
func TestFlushErrorAlone(t *testing.T) {
	p := &plainWriter{ResponseRecorder: httptest.NewRecorder()}
	below := struct {
		basicWriter
		errFlusher
	}{basicWriter{p}, errFlusher{p}}
	within(t, below, func(w http.ResponseWriter) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, errFlushed) {
			t.Error(err)
		}
		wantCookieSet(t, w.Header())
	})
	if got, want := strings.Join(p.got, " "), "FlushError"; got != want {
		t.Errorf("the writer below got %q, want %q", got, want)
	}
}

// gin's Context.Stream asserts CloseNotify of the writer, in these words, over every protocol. One that cannot tell never does.
func TestCloseNotify(t *testing.T) {
	p := &plainWriter{ResponseRecorder: httptest.NewRecorder()}
	http1 := http1Writer{basicWriter{p}, flusher{p}, hijacker{p}}
	n := notifier{make(chan bool)}
	for _, c := range []struct {
		name string
		w    http.ResponseWriter
		want <-chan bool
	}{
		{"HTTP/1", struct {
			http1Writer
			notifier
		}{http1, n}, n.gone},
		{"HTTP/2", struct {
			basicWriter
			flusher
			notifier
		}{basicWriter{p}, flusher{p}, n}, n.gone},
		{"HTTP/1 below a wrapper", unwrapOnly{struct {
			http1Writer
			notifier
		}{http1, n}}, n.gone},
		{"without", http1, nil},
		{"a test's", httptest.NewRecorder(), nil},
	} {
		within(t, c.w, func(w http.ResponseWriter) {
			if got := w.(http.CloseNotifier).CloseNotify(); got != c.want { //nolint:staticcheck // deprecated, and what gin does
				t.Errorf("%s: CloseNotify returns %v", c.name, got)
			}
		})
	}
}

func TestUnsupportedFlush(t *testing.T) {
	within(t, basicWriter{&plainWriter{ResponseRecorder: httptest.NewRecorder()}}, func(w http.ResponseWriter) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Flush over a writer that cannot: %v", err)
		}
		if w.Header().Get("Set-Cookie") != "" {
			t.Error("a flush that did not happen sent the session")
		}
	})
}

// Informational responses come before the header, which still gets the session begun after them.
func TestInformationalResponses(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		if err := s.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusCreated)
	})
	if sessionCookie(resp) == nil || resp.StatusCode != http.StatusCreated {
		t.Errorf("status %d, cookie %v", resp.StatusCode, sessionCookie(resp))
	}
	rec := httptest.NewRecorder()
	within(t, rec, func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusSwitchingProtocols) // the last word before a websocket
		wantCookieSet(t, w.Header())
	})
}
