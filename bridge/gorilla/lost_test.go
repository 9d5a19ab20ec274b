package gorillabridge_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/gorilla/sessions"
)

// together has n tabs of a browser do something to session "auth" at the same time: all have loaded before the first one saves. It
// returns how many of the saves failed.
func together(b *browser, n int, f func(*sessions.Session, int)) (failed int) {
	var loaded, saved sync.WaitGroup
	var mu sync.Mutex
	loaded.Add(n)
	for i := range n {
		saved.Go(func() {
			_, err := b.change("auth", func(s *sessions.Session) {
				f(s, i)
				loaded.Done()
				loaded.Wait()
			})
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed++
			}
		})
	}
	saved.Wait()
	return failed
}

// Of what requests at the same time change nothing is lost, unlike with gorilla's own stores.
func TestLost(t *testing.T) {
	const n = 50
	key := []byte("0123456789abcdef0123456789abcdef")
	cookies := sessions.NewCookieStore(key)
	cookies.Options.Secure = false
	none := func(next http.Handler) http.Handler { return next }
	files := newSiteOf(t, sessions.NewFilesystemStore(t.TempDir(), key), none)
	for what, c := range map[string]struct {
		site  *site
		loses bool
	}{
		"bridge": {newSite(t), false}, "files": {files, true}, "cookies": {newSiteOf(t, cookies, none), true},
	} {
		b := c.site.browser()
		b.must("auth", set("first", true))
		failed := together(b, n, func(s *sessions.Session, i int) { s.Values[strconv.Itoa(i)] = i })
		lost := n + 1 - len(b.values("auth"))
		t.Logf("%s: %d of %d lost", what, lost, n)
		if failed != 0 || c.loses != (lost > 0) {
			t.Errorf("%s: %d of %d lost, %d errors", what, lost, n, failed)
		}
	}
}

// What is removed by one request and changed in place by another is both done; so it is where requests begin a name at the same time, and
// where they use several.
func TestLostKeys(t *testing.T) {
	const n = 20
	b := newSite(t).browser()
	b.must("first", set("there", true))
	begin := func(s *sessions.Session, i int) { s.Values[i] = []any{i} }
	change := func(s *sessions.Session, i int) {
		if list := s.Values[i].([]any); i%2 == 0 {
			delete(s.Values, i)
		} else {
			list[0] = -i
		}
	}
	if failed := together(b, n, begin) + together(b, n, change); failed > 0 {
		t.Errorf("%d saves failed", failed)
	}
	found := b.values("auth")
	for i := range n {
		list, ok := found[i].([]any)
		if ok != (i%2 == 1) || ok && list[0] != -i {
			t.Errorf("key %d: %v", i, found[i])
		}
	}
	if len(found) != n/2 || len(b.values("first")) != 1 {
		t.Errorf("found %v and %v", found, b.values("first"))
	}
}

// However many names and saves there are, one cookie goes out, and none for what the browser has already.
func TestCookies(t *testing.T) {
	b := newSite(t).browser()
	many := func(w http.ResponseWriter, r *http.Request) {
		for i := range 5 {
			session, err := b.store.Get(r, "name"+strconv.Itoa(i))
			if err != nil {
				t.Error(err)
			}
			session.Values["n"] = i
			session.AddFlash(i)
			if i == 3 {
				session.Options.MaxAge = -1
			}
			if err := session.Save(r, w); err != nil {
				t.Error(err)
			}
		}
		if err := sessions.Save(r, w); err != nil {
			t.Error(err)
		}
	}
	if got := b.visit(many); len(got) != 1 || got[0].MaxAge <= 0 {
		t.Errorf("cookies of the first visit: %v", got)
	}
	if got := b.visit(many); len(got) != 0 {
		t.Errorf("cookies of the next: %v", got)
	}
	if got := b.visit(func(http.ResponseWriter, *http.Request) {}); len(got) != 0 {
		t.Errorf("cookies of a visit without sessions: %v", got)
	}
}
