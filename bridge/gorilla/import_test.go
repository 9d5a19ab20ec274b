package gorillabridge_test

import (
	"maps"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

// overOldStores runs a test with each of gorilla's own stores as that of the application before.
func overOldStores(t *testing.T, test func(*testing.T, sessions.Store)) {
	t.Helper()
	files := sessions.NewFilesystemStore(t.TempDir(), importKey)
	files.MaxLength(1 << 20)
	t.Run("files", func(t *testing.T) { test(t, files) })
	t.Run("cookies", func(t *testing.T) { test(t, newCookieStore()) })
}

func newCookieStore() *sessions.CookieStore {
	store := sessions.NewCookieStore(importKey)
	store.Options.Secure = false
	return store
}

// newOld returns a browser of the application before.
func newOld(t *testing.T, store sessions.Store) *browser {
	t.Helper()
	return newSiteOf(t, store, func(next http.Handler) http.Handler { return next }).browser()
}

// at returns the browser, with its cookies, at another site.
func (b *browser) at(s *site) *browser { return &browser{s, b.client} }

// cookies returns the names of those that the browser has.
func (b *browser) cookies() (names []string) {
	for _, c := range b.client.Jar.Cookies(mustRequest(b.t, b.url).URL) {
		names = append(names, c.Name)
	}
	return names
}

// wantCookies fails unless the browser has these and no others.
func (b *browser) wantCookies(want ...string) {
	b.t.Helper()
	if got := b.cookies(); !reflect.DeepEqual(got, want) {
		b.t.Errorf("the browser has the cookies %q, not %q", got, want)
	}
}

// stored counts the sessions that the site has.
func (s *site) stored() (n int) {
	s.t.Helper()
	for _, err := range s.sessions.Sessions(s.t.Context()) {
		if n++; err != nil {
			s.t.Error(err)
		}
	}
	return n
}

// What the old application has saved is there, under its names, with the Go types it had.
func TestImport(t *testing.T) {
	overOldStores(t, func(t *testing.T, store sessions.Store) {
		old := newOld(t, store)
		old.must("auth", func(s *sessions.Session) { maps.Copy(s.Values, everyKind()) })
		old.must("a.b", set("\xff", "\xfe"))
		old.must("empty", func(*sessions.Session) {})
		old.wantCookies("auth", "a.b", "empty")

		b := old.at(newMoved(t, gorillabridge.Import(store, importKey, "auth", "a.b", "empty", "none")))
		b.visit(func(_ http.ResponseWriter, r *http.Request) {
			for name, isNew := range map[string]bool{"auth": false, "a.b": false, "empty": false, "none": true} {
				session, err := b.store.Get(r, name)
				if err != nil || session.IsNew != isNew || isNew != (session.ID == "") {
					t.Errorf("%s: IsNew %v, ID %q, error %v", name, session.IsNew, session.ID, err)
				}
			}
		})
		b.wantCookies("session")
		b.holds("auth", everyKind())
		b.holds("a.b", map[any]any{"\xff": "\xfe"})
		b.holds("empty", nothing)
		b.must("auth", func(s *sessions.Session) {
			for key := range s.Values {
				if key != "user" {
					delete(s.Values, key)
				}
			}
		})
		b.holds("auth", map[any]any{"user": everyKind()["user"]})
	})
}

// A session of old may have more values than a Save can add.
func TestImportManyValues(t *testing.T) {
	store := sessions.NewFilesystemStore(t.TempDir(), importKey)
	store.MaxLength(1 << 20)
	old := newOld(t, store)
	old.must("auth", fill(1500))
	b := old.at(newMoved(t, gorillabridge.Import(store, importKey, "auth")))
	b.must("auth", set("more", 1))
	if n := len(b.values("auth")); n != 1501 {
		t.Errorf("%d values, want 1501", n)
	}
}

// A flash of the old application is shown once.
func TestImportFlash(t *testing.T) {
	overOldStores(t, func(t *testing.T, store sessions.Store) {
		old := newOld(t, store)
		old.must("auth", func(s *sessions.Session) {
			s.AddFlash("hello")
			s.AddFlash(user{Name: "Ann"}, "users")
		})
		b := old.at(newMoved(t, gorillabridge.Import(store, importKey, "auth")))
		for i, want := range [][]any{{"hello", user{Name: "Ann"}}, nil} {
			b.must("auth", func(s *sessions.Session) {
				if got := append(s.Flashes(), s.Flashes("users")...); !reflect.DeepEqual(got, want) {
					t.Errorf("visit %d: flashes %v, not %v", i, got, want)
				}
			})
		}
	})
}

// The first requests come together: they find one session, and nothing that they save is lost. When it is signed out, no old cookie brings
// anything back.
func TestImportTogether(t *testing.T) {
	const n = 50
	overOldStores(t, func(t *testing.T, store sessions.Store) {
		old := newOld(t, store)
		old.must("auth", set("user_id", 42))
		old.must("cart", set("tea", 1))
		site := newMoved(t, gorillabridge.Import(store, importKey, "auth", "cart"))
		b := old.at(site)
		before, auth := old.clone().at(site), old.clone().at(site)
		if auth.forget("cart"); len(auth.cookies()) != 1 {
			t.Error(auth.cookies())
		}

		var mu sync.Mutex
		ids := make(map[string]int)
		want := map[any]any{"user_id": 42}
		failed := together(b, n, func(s *sessions.Session, i int) {
			mu.Lock()
			defer mu.Unlock()
			ids[s.ID]++
			s.Values[strconv.Itoa(i)] = i
			want[strconv.Itoa(i)] = i
		})
		if failed != 0 || len(ids) != 1 || site.stored() != 1 {
			t.Errorf("%d of %d saves failed, in sessions %v, of which %d are stored", failed, n, ids, site.stored())
		}
		b.wantCookies("session")
		b.holds("auth", want)
		b.holds("cart", map[any]any{"tea": 1})

		b.must("cart", remove)
		b.must("auth", remove)
		for what, thief := range map[string]*browser{"the old cookies": before, "one of them": auth} {
			for range 2 {
				thief.holds("auth", nothing)
				thief.holds("cart", nothing)
			}
			if got := thief.cookies(); len(got) != 0 {
				t.Errorf("who comes with %s has %q", what, got)
			}
		}
		if site.stored() != 1 { // that of the removal, which holds nothing
			t.Errorf("%d sessions", site.stored())
		}
	})
}

// forget has the browser lose a cookie.
func (b *browser) forget(name string) {
	b.client.Jar.SetCookies(mustRequest(b.t, b.url).URL, []*http.Cookie{{Name: name, MaxAge: -1, Path: "/"}})
}

// A name that was carried over is guarded like any other.
func TestImportGuarded(t *testing.T) {
	overOldStores(t, func(t *testing.T, store sessions.Store) {
		old := newOld(t, store)
		old.must("auth", set("user_id", 42))
		old.must("cart", set("tea", 1))
		site := newMoved(t, gorillabridge.Import(store, importKey, "auth", "cart"))
		b := old.at(site)
		_, err := b.change("auth", func(s *sessions.Session) {
			s.Values["seen"] = true
			tab := old.clone().at(site)
			tab.must("auth", remove)
			tab.must("auth", set("user_id", 43))
		})
		ended(t, "slow save", err)
		b.holds("auth", map[any]any{"user_id": 43})
		b.holds("cart", map[any]any{"tea": 1})
	})
}

// The application says whom a session belongs to, also where it has none of that name.
func TestImportUser(t *testing.T) {
	overOldStores(t, func(t *testing.T, store sessions.Store) {
		move := gorillabridge.Import(store, importKey, "auth", "cart")
		move.User = func(old atomicsession.OldSession) string {
			id, _ := old.Values["auth"].(map[any]any)["user_id"].(string)
			return id
		}
		site := newMoved(t, move)
		if _, err := site.sessions.RevokeAll(t.Context(), "eve"); err != nil {
			t.Error(err)
		}
		for _, user := range []string{"ann", "", "eve"} {
			old := newOld(t, store)
			old.must("cart", set("of", user))
			if user != "" {
				old.must("auth", set("user_id", user))
			}
			b, wantUser, wantCart := old.at(site), user, map[any]any{"of": user}
			if user == "eve" {
				wantUser, wantCart = "", nothing
			}
			b.holds("cart", wantCart)
			b.visit(func(_ http.ResponseWriter, r *http.Request) {
				if got, err := site.sessions.Get(r.Context()).User(r.Context()); got != wantUser || err != nil {
					t.Errorf("%q is signed in as %q, %v", user, got, err)
				}
			})
		}
	})
}

// addingSerializer reads one value more than there is.
type addingSerializer struct {
	securecookie.GobEncoder
	value any
}

func (s addingSerializer) Deserialize(src []byte, dst any) error {
	err := s.GobEncoder.Deserialize(src, dst)
	(*dst.(*map[any]any))["added"] = s.value
	return err
}

// What cannot be stored is left where it is, for another version of the program: of a type that gob was not told of, or that panics.
func TestImportUnreadable(t *testing.T) {
	for _, value := range []any{secret{}, unwritable{}} {
		store := newCookieStore()
		old := newOld(t, store)
		old.must("auth", set("user_id", 42))
		store.Codecs[0].(*securecookie.SecureCookie).SetSerializer(addingSerializer{value: value})
		b := old.at(newMoved(t, gorillabridge.Import(store, importKey, "auth")))
		b.holds("auth", nothing)
		b.wantCookies("auth")
		if b.stored() != 0 {
			t.Error("a session that holds half of it")
		}
	}
}
