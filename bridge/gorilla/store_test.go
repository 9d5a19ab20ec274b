package gorillabridge_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

// fill sets n values.
func fill(n int) func(*sessions.Session) {
	return func(s *sessions.Session) {
		for i := range n {
			s.Values[strconv.Itoa(i)] = i
		}
	}
}

// With an error nothing is stored, and none is more than one line.
func TestErrors(t *testing.T) {
	b := newSite(t).browser()
	check := func(err, want error) {
		t.Helper()
		if _, typed := errors.AsType[*atomicsession.Error](err); !typed || !errors.Is(err, want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("not %v: %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("shows a value: %v", err)
		}
	}
	b.must("auth", set("a", 1))
	for _, wrong := range []any{secret{"hidden"}, func() {}, []any{secret{"hidden"}}, unwritable{"hidden"}} {
		_, err := b.change("auth", func(s *sessions.Session) { s.Values["a"], s.Values["b"] = 2, wrong })
		check(err, atomicsession.ErrValue)
		_, err = b.change("auth", func(s *sessions.Session) { s.Values["a"], s.Values[1] = 2, wrong })
		check(err, atomicsession.ErrValue)
	}
	_, err := b.change("auth", set(nil, 2))
	check(err, atomicsession.ErrValue)
	for _, wrong := range []any{
		secret{"hidden"}, printed{"hidden"}, formatted{"hidden"}, linked{new(7)}, [1]any{"hidden"}, time.Time{}, make(chan int), new(7),
	} {
		_, err = b.change("auth", set(wrong, 2))
		check(err, atomicsession.ErrValue)
	}
	_, err = b.change("auth", set("big", strings.Repeat("x", 2<<20)))
	check(err, atomicsession.ErrTooLarge)
	_, err = b.change("auth", fill(1000))
	check(err, atomicsession.ErrTooLarge)
	b.clone().must("many", fill(999))
	if got := b.values("auth"); !reflect.DeepEqual(got, map[any]any{"a": 1}) {
		t.Errorf("found %v", got)
	}

	// What is there, and is no session.
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		err := b.sessions.Get(r.Context()).Update(r.Context(), atomicsession.Path("text").Set("x"),
			atomicsession.Path("auth.bytes").Set([]byte("no gob")), atomicsession.Path("auth.%gx").Set(1), atomicsession.Path("auth.%zz").Set(1))
		if err != nil {
			t.Error(err)
		}
	})
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "text")
		check(err, atomicsession.ErrType)
		if session == nil || !session.IsNew || len(session.Values) != 0 {
			t.Error(session)
		}
		check(session.Save(r, w), atomicsession.ErrType)
		session, err = b.store.New(r, "auth")
		check(err, atomicsession.ErrCorrupt)
		session.Values["a"], session.Values["panics"] = 2, unreadable{"hidden"}
		if err := session.Save(r, w); err != nil {
			t.Error(err)
		}
		if v, ok, err := atomicsession.Path("auth.bytes").Get(r.Context(), b.sessions.Get(r.Context())); !ok || err != nil {
			t.Error(v, ok, err)
		}
	})
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "auth")
		check(err, atomicsession.ErrCorrupt)
		if !reflect.DeepEqual(session.Values, map[any]any{"a": 2}) {
			t.Errorf("found %v", session.Values)
		}
	})

	// Where there is no session of the request.
	outside := gorillabridge.New(b.sessions)
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	session, err := outside.Get(r, "auth")
	check(err, atomicsession.ErrNoMiddleware)
	check(session.Save(r, w), atomicsession.ErrNoMiddleware)
	session.Options.MaxAge = -1
	check(session.Save(r, w), atomicsession.ErrNoMiddleware)
	check(sessions.NewSession(outside, "auth").Save(r, w), atomicsession.ErrNoMiddleware)
}

// What a request costs in calls to the store.
func TestCalls(t *testing.T) {
	b := newSite(t).browser()
	nothing := func(*sessions.Session) {}
	for _, c := range []struct {
		what string
		do   func()
		want int64
	}{
		{"read without a cookie", func() { b.values("auth") }, 0},
		{"first save", func() { b.must("auth", set("a", 1)) }, 1},
		{"read", func() { b.values("auth") }, 1},
		{"save of a change", func() { b.must("auth", set("a", 2)) }, 2},
		{"save without a change", func() { b.must("auth", nothing) }, 1},
		{"save of a map", func() { b.must("auth", set("map", map[string]any{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6})) }, 2},
		{"saves without a change of it, whatever the order in which gob writes it", func() {
			for range 10 {
				b.must("auth", nothing)
			}
		}, 10},
		{"save of a new name without values", func() { b.must("empty", nothing) }, 2},
		{"save of a new name", func() { b.must("cart", set("tea", 1)) }, 2},
		{"several names and saves", func() {
			b.visit(func(w http.ResponseWriter, r *http.Request) {
				for _, name := range []string{"auth", "cart", "auth", "none"} {
					session, err := b.store.New(r, name)
					if err != nil {
						t.Error(err)
					}
					if name == "auth" {
						session.AddFlash("x")
						err = session.Save(r, w)
					}
					if again, _ := b.store.New(r, name); err != nil || len(again.Values) != len(session.Values) || again == session {
						t.Error(again.Values, err)
					}
				}
			})
		}, 3},
		{"removal of one name", func() { b.must("auth", remove) }, 3},
		{"removal of the last name", func() { b.must("cart", remove) }, 2},
		{"removal of nothing", func() { b.must("cart", remove) }, 1},
	} {
		before := b.calls.n.Load()
		if c.do(); b.calls.n.Load()-before != c.want {
			t.Errorf("%s: %d calls, not %d", c.what, b.calls.n.Load()-before, c.want)
		}
	}
}

// What could not be loaded is not taken for nothing by handlers that ignore the error.
func TestUnavailable(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("n", 41))
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		b.calls.away.Store(true)
		session, err := b.store.Get(r, "auth")
		b.calls.away.Store(false)
		if !errors.Is(err, atomicsession.ErrUnavailable) || session == nil || session.Options.MaxAge == 0 {
			t.Error(session, err)
		}
		n, _ := session.Values["n"].(int)
		session.Values["n"] = n + 1
		if err := session.Save(r, w); !errors.Is(err, atomicsession.ErrUnavailable) {
			t.Error(err)
		}
	})
	b.holds("auth", map[any]any{"n": 41})
	b.visit(func(w http.ResponseWriter, r *http.Request) { // but a sign-out is done
		b.calls.away.Store(true)
		session, _ := b.store.Get(r, "auth")
		b.calls.away.Store(false)
		remove(session)
		if err := session.Save(r, w); err != nil {
			t.Error(err)
		}
	})
	b.holds("auth", nothing)
}

// A change that was made is no error because the visitor has gone meanwhile.
func TestGoneMeanwhile(t *testing.T) {
	b := newSite(t).browser()
	b.must("auth", set("n", 1))
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, "auth")
		if err != nil {
			t.Error(err)
		}
		ctx, gone := context.WithCancel(r.Context())
		b.calls.after = gone
		session.Values["n"] = 2
		if err := session.Save(r.WithContext(ctx), w); err != nil || ctx.Err() == nil {
			t.Error(err, ctx.Err())
		}
		b.calls.after = nil
	})
	b.holds("auth", map[any]any{"n": 2})
}
