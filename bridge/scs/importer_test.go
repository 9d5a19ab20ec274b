package scsbridge_test

import (
	"encoding/gob"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/atomicsession/atomicsession"
	scsbridge "github.com/atomicsession/atomicsession/bridge/scs"
)

// newOld returns the manager of an old application.
func newOld(change func(*scs.SessionManager)) *scs.SessionManager {
	sm := scs.New()
	sm.Store = memstore.NewWithCleanupInterval(0)
	if change != nil {
		change(sm)
	}
	return sm
}

// saveOld returns the cookie of a session that f has filled.
func saveOld(t *testing.T, sm *scs.SessionManager, f func(r *http.Request)) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	sm.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(r) })).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("scs sets the cookies %v", cookies)
	}
	return cookies[0]
}

func requestOf(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

func TestImporterCredentials(t *testing.T) {
	i := scsbridge.NewImporter(newOld(func(sm *scs.SessionManager) { sm.Cookie.Name = "old" }))
	for _, test := range []struct {
		name    string
		cookies []*http.Cookie
		want    []string
	}{
		{"none", nil, nil},
		{"of another name", []*http.Cookie{{Name: "session", Value: "a"}}, nil},
		{"empty", []*http.Cookie{{Name: "old"}}, nil},
		{"absurdly long", []*http.Cookie{{Name: "old", Value: strings.Repeat("a", 2000)}}, nil},
		{"one", []*http.Cookie{{Name: "old", Value: "a"}}, []string{"a"}},
		{"quoted", []*http.Cookie{{Name: "old", Value: "a", Quoted: true}}, []string{"a"}},
		{"two", []*http.Cookie{{Name: "old", Value: "b"}, {Name: "old", Value: "a"}}, []string{"b"}},
	} {
		if got := i.Credentials(requestOf(test.cookies...)); !slices.Equal(got, test.want) {
			t.Errorf("%s: credentials %q, want %q", test.name, got, test.want)
		}
	}
}

// TestImporterPersist: the new cookie outlives the browser as the old one does.
func TestImporterPersist(t *testing.T) {
	for _, test := range []struct {
		name      string
		persist   bool
		remember  []bool
		ofBrowser bool
	}{
		{"persistent", true, nil, false},
		{"persistent, not remembered", true, []bool{false}, false}, // RememberMe has no effect
		{"of the browser", false, nil, true},
		{"of the browser, remembered", false, []bool{true}, false},
		{"of the browser, forgotten", false, []bool{true, false}, true},
	} {
		sm := newOld(func(sm *scs.SessionManager) { sm.Cookie.Persist = test.persist })
		c := saveOld(t, sm, func(r *http.Request) {
			sm.Put(r.Context(), "user", "ann")
			for _, remember := range test.remember {
				sm.RememberMe(r.Context(), remember)
			}
		})
		if ofBrowser := c.MaxAge == 0; ofBrowser != test.ofBrowser {
			t.Errorf("%s: the cookie of scs is %v", test.name, c)
		}
		old, err := scsbridge.NewImporter(sm).Load(t.Context(), []string{c.Value})
		if err != nil || old == nil {
			t.Fatalf("%s: %v, error %v", test.name, old, err)
		}
		if old.NonPersistent != test.ofBrowser || !maps.Equal(old.Values, map[string]any{"user": "ann"}) {
			t.Errorf("%s: NonPersistent %v, values %v", test.name, old.NonPersistent, old.Values)
		}
	}
}

func TestImporterTimes(t *testing.T) {
	sm := newOld(func(sm *scs.SessionManager) { sm.Lifetime, sm.IdleTimeout = 3*time.Hour, time.Hour })
	i := scsbridge.NewImporter(sm)
	c := saveOld(t, sm, func(r *http.Request) { sm.Put(r.Context(), "user", "ann") })
	old, err := i.Load(t.Context(), []string{c.Value})
	if err != nil || old == nil {
		t.Fatal(old, err)
	}
	if d := old.Deadline.Sub(old.Created); d != 3*time.Hour || time.Since(old.Created) > time.Minute || old.MaxAge != time.Hour {
		t.Errorf("began %v, ends %v later; idle %v", old.Created, d, old.MaxAge)
	}
	later := time.Now().Add(10 * time.Hour).UTC()
	c = saveOld(t, sm, func(r *http.Request) { sm.SetDeadline(r.Context(), later) })
	if old, err = i.Load(t.Context(), []string{c.Value}); err != nil || old == nil {
		t.Fatal(old, err)
	}
	if !old.Created.IsZero() || !old.Deadline.Equal(later) {
		t.Errorf("after SetDeadline: began %v, ends %v; want not known, and %v", old.Created, old.Deadline, later)
	}
	if err := i.End(t.Context(), []string{c.Value}); err != nil {
		t.Fatal(err)
	}
	if old, err := i.Load(t.Context(), []string{c.Value}); old != nil || err != nil {
		t.Errorf("after End: %v, error %v", old, err)
	}
	if err := i.End(t.Context(), []string{c.Value}); err != nil {
		t.Errorf("End once more: %v", err)
	}
}

// panicking is a type that cannot stand what is damaged.
type panicking struct{ Text string }

func (p panicking) GobEncode() ([]byte, error) { return []byte(p.Text), nil }
func (p *panicking) GobDecode(b []byte) error  { p.Text = string(b[:100]); return nil }

// TestImporterUnreadable: a session that cannot be decoded is an error, and not of the store.
func TestImporterUnreadable(t *testing.T) {
	gob.Register(panicking{})
	sm := newOld(nil)
	i := scsbridge.NewImporter(sm)
	c := saveOld(t, sm, func(r *http.Request) { sm.Put(r.Context(), "it", panicking{"short"}) })
	expiry := time.Now().Add(time.Hour)
	for name, data := range map[string][]byte{"empty": {}, "garbage": []byte("garbage")} {
		if err := sm.Store.Commit(name, data, expiry); err != nil {
			t.Fatal(err)
		}
	}
	for _, token := range []string{c.Value, "empty", "garbage"} {
		old, err := i.Load(t.Context(), []string{token})
		if old != nil || err == nil || errors.Is(err, atomicsession.ErrUnavailable) {
			t.Errorf("%v, error %v", old, err)
		}
	}
}

func TestImporterCookies(t *testing.T) {
	sm := newOld(func(sm *scs.SessionManager) {
		sm.Cookie = scs.SessionCookie{Name: "old", Domain: "example.com", Path: "/shop", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
	})
	got := scsbridge.NewImporter(sm).Cookies()
	if want := "old=; Path=/shop; Domain=example.com; HttpOnly; Secure; SameSite=Strict"; len(got) != 1 || got[0].String() != want {
		t.Errorf("cookies to forget: %v, want %s", got, want)
	}
}
