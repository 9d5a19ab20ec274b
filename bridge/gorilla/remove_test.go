package gorillabridge_test

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
)

// ended fails unless err says that the session, or the name, is over.
func ended(t *testing.T, what string, err error) {
	t.Helper()
	_, typed := errors.AsType[*atomicsession.Error](err)
	if !typed || !errors.Is(err, atomicsession.ErrNotFound) || atomicsession.StatusCode(err) != http.StatusGone {
		t.Errorf("%s: %v", what, err)
	}
}

// holds fails unless the session of the name has these values.
func (b *browser) holds(name string, want map[any]any) {
	b.t.Helper()
	if got := b.values(name); !reflect.DeepEqual(got, want) {
		b.t.Errorf("%s: found %v, not %v", name, got, want)
	}
}

var nothing = map[any]any{}

// A request that is slower than the removal of its name brings nothing back, and leaves the others alone.
func TestSlowSaveOfName(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("user", 42))
	b.must("cart", set("tea", 1))
	_, err := b.change("auth", func(s *sessions.Session) {
		s.Values["seen"] = true
		b.clone().must("auth", remove)
	})
	ended(t, "slow save", err)
	b.holds("auth", nothing)
	b.must("auth", set("user", 42))
	_, err = b.change("auth", func(s *sessions.Session) { // nor where the name has begun again
		s.Values["seen"] = true
		b.clone().must("auth", remove)
		b.clone().must("auth", set("user", 43))
	})
	ended(t, "slow save", err)
	b.holds("auth", map[any]any{"user": 43})
	_, err = b.change("auth", func(s *sessions.Session) {
		remove(s)
		b.clone().must("auth", remove)
		b.clone().must("auth", set("user", 44))
	})
	if err != nil {
		t.Error(err)
	}
	b.holds("auth", map[any]any{"user": 44}) // it was another one that was to be removed
	_, err = b.change("cart", func(s *sessions.Session) {
		s.Values["milk"] = 2
		b.clone().must("auth", remove)
	})
	if err != nil {
		t.Error(err)
	}
	b.holds("cart", map[any]any{"tea": 1, "milk": 2})
	b.holds("auth", nothing)
}

// The removal of the last name makes the cookie of before useless, for slow requests of any name as well.
func TestSlowSaveOfSession(t *testing.T) {
	for _, name := range []string{"auth", "cart"} {
		b := newSite(t).browser()
		b.must("auth", set("user", 42))
		thief := b.clone()
		_, err := thief.change(name, func(s *sessions.Session) {
			s.Values["seen"] = true
			if cookies := b.must("auth", remove); len(cookies) != 1 {
				t.Errorf("cookies of a removal: %v", cookies)
			}
		})
		ended(t, "slow save of "+name, err)
		b.must("auth", set("user", 43))
		for _, name := range []string{"auth", "cart"} {
			thief.holds(name, nothing)
		}
		b.holds("auth", map[any]any{"user": 43})
		b.holds("cart", nothing)
	}
}

// What another request stores while the last name is on its way out is kept, if it was acknowledged.
func TestRemoveAndAdd(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("user", 42))
	tab := b.clone()
	b.must("auth", func(s *sessions.Session) {
		tab.must("cart", set("tea", 1))
		remove(s)
	})
	b.holds("auth", nothing)
	b.holds("cart", map[any]any{"tea": 1})
	if tab.holds("cart", nothing); len(b.values("cart")) != 1 {
		t.Error("the cookie of before is good for something")
	}

	for range 20 { // in any order
		b := newSite(t).browser()
		b.must("auth", set("user", 42))
		var all sync.WaitGroup
		var mu sync.Mutex
		var stored []string
		for i := range 4 {
			name, tab := "name"+strconv.Itoa(i), b.clone()
			all.Go(func() {
				_, err := tab.change(name, set("there", true))
				if err != nil && !errors.Is(err, atomicsession.ErrNotFound) {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					stored = append(stored, name)
				}
			})
		}
		all.Go(func() { b.must("auth", remove) })
		all.Wait()
		b.holds("auth", nothing)
		for _, name := range stored {
			b.holds(name, map[any]any{"there": true})
		}
	}
}

// Names that are removed at the same time, by requests that see each other's, leave a useless cookie, too.
func TestRemoveTogether(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("user", 42))
	b.must("cart", set("tea", 1))
	thief, tab := b.clone(), b.clone()
	b.must("auth", func(s *sessions.Session) {
		tab.must("cart", remove)
		remove(s)
	})
	b.must("auth", set("user", 43))
	thief.holds("auth", nothing)
}

// Who is signed in by the manager stays so, and what native keys hold stays, when the last name goes.
func TestRemoveBesideNative(t *testing.T) {
	for what, native := range map[string]func(context.Context, *atomicsession.Session) error{
		"user": func(ctx context.Context, s *atomicsession.Session) error { return s.SignIn(ctx, "42") },
		"value": func(ctx context.Context, s *atomicsession.Session) error {
			return s.Update(ctx, atomicsession.Path("a").Set(1))
		},
	} {
		b := newSite(t).browser()
		b.must("_gothic_session", set("faux", "attempt"))
		b.visit(func(_ http.ResponseWriter, r *http.Request) {
			if err := native(r.Context(), b.sessions.Get(r.Context())); err != nil {
				t.Error(err)
			}
		})
		tab := b.clone()
		b.must("_gothic_session", remove)
		tab.visit(func(_ http.ResponseWriter, r *http.Request) {
			if ok, err := b.sessions.Get(r.Context()).Exists(r.Context()); !ok || err != nil {
				t.Error(what, ok, err)
			}
		})
		b.holds("_gothic_session", nothing)
	}
}

// A handler goes on after the removal: with other names, and with the one that was removed.
func TestAfterRemove(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("user", 42))
	cookies := b.visit(func(w http.ResponseWriter, r *http.Request) {
		auth, err := b.store.Get(r, "auth")
		if err != nil {
			t.Error(err)
		}
		remove(auth)
		if err := auth.Save(r, w); err != nil {
			t.Error(err)
		}
		again, err := b.store.New(r, "auth")
		if err != nil || !again.IsNew || len(again.Values) != 0 {
			t.Error(again.IsNew, again.Values, err)
		}
		flash, err := b.store.Get(r, "flash")
		if err != nil {
			t.Error(err)
		}
		flash.AddFlash("Signed out.")
		auth.Options.MaxAge, auth.Values = 1, map[any]any{"user": 43}
		if err := sessions.Save(r, w); err != nil {
			t.Error(err)
		}
	})
	if len(cookies) != 1 {
		t.Errorf("cookies: %v", cookies)
	}
	b.holds("flash", map[any]any{"_flash": []any{"Signed out."}})
	b.holds("auth", map[any]any{"user": 43})
}

// Where no cookie can reach the browser any more, the removal of the last name ends the session.
func TestRemoveLate(t *testing.T) {
	for what, late := range map[string]func(gone context.CancelFunc, w http.ResponseWriter, r *http.Request){
		"header is out":   func(_ context.CancelFunc, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
		"visitor is gone": func(gone context.CancelFunc, _ http.ResponseWriter, r *http.Request) { gone(); <-r.Context().Done() },
	} {
		b := newSite(t).browser()
		b.must("auth", set("user", 42))
		thief := b.clone()
		ctx, gone := context.WithCancel(t.Context())
		done := make(chan struct{})
		b.handlers.Store("/late", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			session, err := b.store.Get(r, "auth")
			if err != nil {
				t.Error(err)
			}
			remove(session)
			late(gone, w, r)
			if err := session.Save(r, w); err != nil {
				t.Error(what, err)
			}
		}))
		if resp, err := b.client.Do(mustRequest(t, b.url+"/late").WithContext(ctx)); err == nil {
			resp.Body.Close()
		}
		<-done
		gone()
		thief.holds("auth", nothing)
		thief.must("auth", set("user", 1))
		b.holds("auth", nothing)
	}
}

// What another request has saved under another name meanwhile is kept there, too.
func TestRemoveLateAndAdd(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("user", 42))
	tab := b.clone()
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "auth")
		if err != nil {
			t.Error(err)
		}
		tab.must("cart", set("tea", 1))
		w.WriteHeader(http.StatusOK)
		remove(session)
		if err := session.Save(r, w); err != nil {
			t.Error(err)
		}
	})
	tab.holds("auth", nothing)
	tab.holds("cart", map[any]any{"tea": 1})
}
