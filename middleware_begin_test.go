package atomicsession_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// collector is the ResponseWriter of whoever has none: it collects what is to be sent.
type collector struct {
	header http.Header
	status int
	text   []byte
}

func (c *collector) Header() http.Header         { return c.header }
func (c *collector) WriteHeader(status int)      { c.status = status }
func (c *collector) Write(b []byte) (int, error) { c.text = append(c.text, b...); return len(b), nil }

// begin begins a request that carries the cookie of a session.
func begin(m *atomicsession.Manager, token string) (w *collector, r *http.Request, finish func(int) error) {
	w = &collector{header: http.Header{}}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	if token != "" {
		r.Header.Set("Cookie", "__Host-session="+token)
	}
	x := m.Begin(w, r)
	return w, x.Request, x.Finish
}

// Without a response of net/http, finish puts the header into what collects it.
func TestBeginFinish(t *testing.T) {
	m := newManager(t, newStore(), nil)
	w, _, unused := begin(m, "")
	must(t, unused(http.StatusOK))
	if len(w.header) != 0 || w.status != 0 {
		t.Errorf("status %d, header %v of a request that did not use its session", w.status, w.header)
	}

	w, r, finish := begin(m, "")
	s := m.Get(r.Context())
	must(t, s.Update(r.Context(), views.Inc(1)))
	must(t, finish(http.StatusOK))
	if sessionCookie(&http.Response{Header: w.header}) == nil || w.status != 0 {
		t.Errorf("status %d, header %v", w.status, w.header)
	}
	header := w.header.Clone()
	must(t, finish(http.StatusOK))
	if len(w.header["Set-Cookie"]) != 1 || len(header["Vary"]) != 1 {
		t.Errorf("header %v after another finish", w.header)
	}
	if err := s.Renew(r.Context()); !errors.Is(err, atomicsession.ErrHeadersSent) {
		t.Errorf("a Renew after finish: %v", err)
	}
	must(t, s.Update(r.Context(), views.Inc(1)))
}

// What could not be sent is the error of every finish, and the collected answer is the one that says so.
func TestBeginFinishFails(t *testing.T) {
	m := newManager(t, newStore(), nil)
	token := newToken(t, m, atomicsession.Path("text").Set("x"))
	w, r, finish := begin(m, token)
	must(t, m.Get(r.Context()).Later(r.Context(), atomicsession.Path("text").Inc(1)))
	for range 2 {
		if err := finish(http.StatusOK); !errors.Is(err, atomicsession.ErrType) {
			t.Errorf("finish: %v", err)
		}
	}
	if w.status != http.StatusBadRequest || string(w.text) != "Bad Request\n" {
		t.Errorf("the answer is %d %q", w.status, w.text)
	}
}

// Commit is for who writes the header before the handler has returned: once, and not after another one.
func TestBeginCommit(t *testing.T) {
	m := newManager(t, newStore(), nil)
	w := &collector{header: http.Header{}}
	x := m.Begin(w, httptest.NewRequest(http.MethodGet, "/", nil))
	ctx := x.Request.Context()
	s := m.Get(ctx)
	must(t, s.Later(ctx, views.Inc(1)))
	must(t, x.Commit(http.StatusOK))
	if sessionCookie(&http.Response{Header: w.header}) == nil {
		t.Errorf("header %v", w.header)
	}
	if err := s.Reset(ctx); !errors.Is(err, atomicsession.ErrHeadersSent) {
		t.Errorf("a Reset after Commit: %v", err)
	}
	must(t, s.Update(ctx, views.Inc(1)))
	must(t, x.Commit(http.StatusInternalServerError))
	must(t, x.Finish(http.StatusInternalServerError))
	if n, _, err := views.Get(ctx, s); n != 2 || err != nil || len(w.header["Set-Cookie"]) != 1 {
		t.Errorf("%d views, %v, header %v", n, err, w.header)
	}
}

// A status of 500 drops the queue.
func TestBeginFinishDrops(t *testing.T) {
	store := newStore()
	m := newManager(t, store, nil)
	token := newToken(t, m)
	store.took()
	_, r, finish := begin(m, token)
	must(t, m.Get(r.Context()).Later(r.Context(), views.Inc(1)))
	must(t, finish(http.StatusInternalServerError))
	wantCalls(t, store)
}

// A request that has a session of the manager keeps it: whoever began it finishes it.
func TestBeginTwice(t *testing.T) {
	m := newManager(t, newStore(), nil)
	outer, r, finish := begin(m, "")
	inner := m.Begin(outer, r)
	if inner.Writer != http.ResponseWriter(outer) || inner.Request != r {
		t.Error("the second Begin has changed the request")
	}
	must(t, inner.Commit(http.StatusOK))
	must(t, inner.Finish(http.StatusOK))
	must(t, m.Get(r.Context()).Update(r.Context(), views.Inc(1)))
	must(t, finish(http.StatusOK))
	if sessionCookie(&http.Response{Header: outer.header}) == nil {
		t.Errorf("header %v", outer.header)
	}
}

// A request that came by another protocol may have little of HTTP: an answer in the place of the handler's does without an address.
func TestBeginWithoutAddress(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	cookie := "__Host-session=" + newToken(t, m, atomicsession.User("a"))
	w := &collector{header: http.Header{}}
	x := m.Begin(w, &http.Request{Method: http.MethodGet, Header: http.Header{"Accept": {"text/html"}, "Cookie": {cookie}}})
	ctx := x.Request.Context()
	s := m.Get(ctx)
	must(t, s.Touch(ctx))
	must(t, s.Later(ctx, views.Inc(1)))
	if _, err := m.RevokeAll(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := x.Finish(http.StatusOK); !errors.Is(err, atomicsession.ErrNotFound) || w.header.Get("Location") != "/login" {
		t.Errorf("finish: %v; the answer is %d, header %v", err, w.status, w.header)
	}
}
