package atomicsession_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// UserSessions outside of a request is no mistake, and the log does not say so.
func TestUserSessionsOutside(t *testing.T) {
	sink := new(sink)
	m := newManager(t, newStore(), sink.options())
	_, err := m.UserSessions(t.Context(), "ann")
	must(t, err)
	if text := sink.log.String(); text != "" {
		t.Errorf("a job that lists sessions is told %s", text)
	}
}

// hinter counts an informational answer as the header, as the writer of negroni does.
type hinter struct {
	http.ResponseWriter
	status int
}

func (w *hinter) Written() bool { return w.status != 0 }

func (w *hinter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Early Hints by our own writer are no response that was written past it.
func TestEarlyHintsDoNotWarn(t *testing.T) {
	sink := new(sink)
	m := newManager(t, newStore(), sink.options())
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			must(t, m.Get(r.Context()).Update(r.Context(), views.Inc(1)))
			w.WriteHeader(http.StatusAccepted)
		})).ServeHTTP(&hinter{ResponseWriter: w}, r)
	}))
	defer server.Close()
	resp, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if sessionCookie(resp) != nil && strings.Contains(sink.log.String(), "has not reached") {
		t.Errorf("the cookie came with %d, and the log says %s", resp.StatusCode, &sink.log)
	}
}

type progress struct{ Committed bool }

// lazy has no progress until it needs one.
type lazy struct {
	http.ResponseWriter
	*progress
}

// A writer may have any fields: a warning must not break a response.
func TestCommittedBehindNil(t *testing.T) {
	m := newManager(t, newStore(), nil)
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(t, m.Get(r.Context()).Update(r.Context(), views.Inc(1)))
		w.WriteHeader(http.StatusAccepted)
	})).ServeHTTP(lazy{ResponseWriter: httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/", nil))
}

// The files of a form are known to the request that Begin got, also if that has no address.
func TestBeginFiles(t *testing.T) {
	m := newManager(t, newStore(), nil)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "x")
	must(t, err)
	_, _ = part.Write(make([]byte, 1<<10))
	must(t, form.Close())
	r := httptest.NewRequest(http.MethodPost, "/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.URL = nil
	x := m.Begin(httptest.NewRecorder(), r)
	must(t, x.Request.ParseMultipartForm(0))
	defer x.Request.MultipartForm.RemoveAll()
	must(t, x.Finish(http.StatusOK))
	if r.MultipartForm == nil {
		t.Error("the request that Begin got knows no files")
	}
}

// If the store panics while the queue is sent, the cookie of a Renew before that goes out all the same.
func TestFinishStorePanics(t *testing.T) {
	store := newStore()
	m := newManager(t, store, nil)
	w, r, finish := begin(m, newToken(t, m))
	s := m.Get(r.Context())
	must(t, s.Renew(r.Context(), atomicsession.User("ann")))
	must(t, s.Later(r.Context(), views.Inc(1)))
	store.before(func(context.Context, string) error { panic("broken") })
	func() {
		defer func() { _ = recover() }()
		_ = finish(http.StatusOK)
	}()
	if sessionCookie(&http.Response{Header: w.header}) == nil {
		t.Errorf("header %v", w.header)
	}
}

// A handler's own HX-Refresh is not sent with its error: nobody would count it.
func TestWriteErrorDropsRefresh(t *testing.T) {
	m := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("HX-Request", "true")
	r.Header.Set("Cookie", "__Host-session-retry=2")
	w := httptest.NewRecorder()
	w.Header().Set("HX-Refresh", "true")
	m.WriteError(w, r, atomicsession.ErrNotFound)
	if w.Header().Get("HX-Refresh") != "" {
		t.Errorf("after two moves the header is %v", w.Header())
	}
}

// A response in the place of the outer manager's, whose queue cannot be sent, still has the cookie of the inner one, but none of the handler's.
func TestNestedManagersKeepCookie(t *testing.T) {
	outer := newManager(t, newStore(), nil)
	inner := newManager(t, newStore(), &atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "admin"}})
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Cookie", "__Host-session="+newToken(t, outer, atomicsession.Path("text").Set("x")))
	w := httptest.NewRecorder()
	outer.Middleware(inner.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(t, inner.Get(r.Context()).SignIn(r.Context(), "ann"))
		must(t, outer.Get(r.Context()).Later(r.Context(), atomicsession.Path("text").Inc(1)))
		http.SetCookie(w, &http.Cookie{Name: "handler", Value: "x"})
		w.WriteHeader(http.StatusAccepted)
	}))).ServeHTTP(w, r)
	if cookies := w.Result().Cookies(); w.Code != http.StatusBadRequest || len(cookies) != 1 || cookies[0].Name != "admin" {
		t.Errorf("the answer is %d with the cookies %v", w.Code, cookies)
	}
}
