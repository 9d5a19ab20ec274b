package scsbridge_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
)

// steps are between which calls of a move another request comes: it asks the store, asks From, creates the session, and removes the copy.
var steps = map[string]func(m *moving, f func()){
	"before it asks the store": func(m *moving, f func()) { m.store.do("load", f) },
	"before it asks From":      func(m *moving, f func()) { m.from.do("find", f) },
	"before it creates":        func(m *moving, f func()) { m.store.do("create", f) },
	"before it has From forget": func(m *moving, f func()) {
		m.store.after("create", f)
	},
	"in the end": func(m *moving, f func()) { m.from.after("delete", f) },
}

// ends are what ends a token, and returns what the session lives on under, "" if it does not.
var ends = map[string]func(t *testing.T, m *moving, token string) (next string){
	"Destroy": func(t *testing.T, m *moving, token string) string {
		check(t, m.Destroy(load(t, m.SessionManager, token)))
		return ""
	},
	"RenewToken": func(t *testing.T, m *moving, token string) string {
		ctx := load(t, m.SessionManager, token)
		check(t, m.RenewToken(ctx))
		return commit(t, m.SessionManager, ctx)
	},
	"RenewToken and Destroy": func(t *testing.T, m *moving, token string) string {
		ctx := load(t, m.SessionManager, token)
		check(t, m.RenewToken(ctx))
		check(t, m.Destroy(ctx))
		return ""
	},
	"RenewToken, and Destroy under the new one": func(t *testing.T, m *moving, token string) string {
		ctx := load(t, m.SessionManager, token)
		check(t, m.RenewToken(ctx))
		commit(t, m.SessionManager, ctx)
		check(t, m.Destroy(ctx))
		return ""
	},
	"MergeSession": func(t *testing.T, m *moving, token string) string {
		ctx := load(t, m.SessionManager, "")
		check(t, m.MergeSession(ctx, token))
		return commit(t, m.SessionManager, ctx)
	},
	"Delete by hand, of what the store may not have": func(t *testing.T, m *moving, token string) string {
		check(t, m.bridge.Delete(token))
		return ""
	},
	"twice": func(t *testing.T, m *moving, token string) string {
		ctx := load(t, m.SessionManager, token)
		check(t, m.bridge.Delete(token))
		check(t, m.Destroy(ctx))
		return ""
	},
	"a deadline that has passed": func(t *testing.T, m *moving, token string) string {
		ctx := load(t, m.SessionManager, token)
		m.SetDeadline(ctx, time.Now().Add(-time.Second))
		commit(t, m.SessionManager, ctx)
		return ""
	},
}

// A token that ends while another request moves its session is of none from then on, whichever of their steps comes first.
func TestEndsWhileASessionMoves(t *testing.T) {
	t.Parallel()
	for step, at := range steps {
		for name, end := range ends {
			for _, killed := range []bool{false, true} { // the other one, before it has had From forget
				t.Run(step+"/"+name, func(t *testing.T) {
					t.Parallel()
					m := newMoving(t, scsbridge.Options{Logger: slog.New(slog.DiscardHandler)})
					token, next, ended := m.old(t), "", false
					at(m, func() {
						next, ended = end(t, m, token), true
						if killed {
							m.from.fail("delete", errors.New("killed"))
						}
					})
					slow := load(t, m.SessionManager, token)
					if !ended {
						t.Fatal("nothing has come between")
					}
					if found := m.Exists(slow, "user"); found {
						m.Put(slow, "late", 1)
						_, _, err := m.Commit(slow)
						wantErr(t, err, driver.ErrNotFound)
					}
					m.gone(t, token)
					if next != "" {
						want(t, m.SessionManager, next, map[string]any{"user": 7})
					}
					if all, err := m.bridge.All(); err != nil || (len(all) == 1) != (next != "") {
						t.Errorf("%d sessions, %v", len(all), err)
					}
				})
			}
		}
	}
}

// The same the other way round: another request moves the session while one ends it.
func TestMovesWhileASessionEnds(t *testing.T) {
	t.Parallel()
	type point struct {
		name string
		at   func(m *moving, f func())
	}
	for _, p := range []point{
		{"before From forgets", func(m *moving, f func()) { m.from.do("delete", f) }},
		{"after that", func(m *moving, f func()) { m.from.after("delete", f) }},
		{"before the ID is taken", func(m *moving, f func()) { m.store.do("update", f) }},
		{"before that, and nothing had it", func(m *moving, f func()) { m.store.do("create", f) }},
		{"after the ID is taken", func(m *moving, f func()) { m.store.after("update", f) }},
	} {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, scsbridge.Options{})
			token := m.old(t)
			read, create, done := make(chan struct{}), make(chan struct{}), make(chan bool)
			m.from.after("find", func() { // it has read the session before it ends
				close(read)
				<-create
			})
			go func() {
				_, found, err := m.bridge.Find(token)
				if err != nil {
					t.Error(err)
				}
				done <- found
			}()
			<-read
			came := false
			p.at(m, func() {
				came = true
				close(create)
				<-done
			})
			check(t, m.bridge.Delete(token))
			if !came {
				t.Fatal("nothing has come between")
			}
			m.gone(t, token)
		})
	}
}

// What the tests above are worth: a move that finds the ID free after all brings the session back.
func TestEndThatLeavesTheIDFree(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Destroy", "RenewToken", "MergeSession", "Delete by hand, of what the store may not have"} {
		m := newMoving(t, scsbridge.Options{})
		token := m.old(t)
		m.store.do("create", func() {
			ends[name](t, m, token)
			records, err := m.store.List(t.Context(), time.Now(), "", driver.ID{}, 10)
			check(t, err)
			for _, r := range records {
				if r.Attrs["scs"] == "" {
					check(t, m.store.Delete(t.Context(), time.Now(), driver.UserKey(r.ID, "")))
				}
			}
		})
		if !m.Exists(load(t, m.SessionManager, token), "user") {
			t.Errorf("%s: nothing has come back: the test would not find what it is for", name)
		}
	}
}

// A sign-out ends what a sign-in is still about to store, also long after the store has told that the token was renewed.
func TestEndOfWhatWasRenewed(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, driver.RenewalWindow / 2, 2 * driver.RenewalWindow} {
		m := newMoving(t, scsbridge.Options{})
		token := m.old(t)
		login, logout := load(t, m.SessionManager, token), load(t, m.SessionManager, token)
		check(t, m.RenewToken(login))
		m.ahead = after
		check(t, m.Destroy(logout))
		_, _, err := m.Commit(login)
		wantErr(t, err, driver.ErrNotFound)
		m.gone(t, token)
	}
}

// What has ended leaves a record without data, for a minute.
func TestEndedSessionHoldsNothing(t *testing.T) {
	t.Parallel()
	for name, end := range ends {
		if name == "RenewToken" || name == "MergeSession" {
			continue // there is a session
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, scsbridge.Options{})
			token := m.old(t)
			ctx := load(t, m.SessionManager, token)
			for i := range driver.MaxOps {
				m.Put(ctx, "k"+string(rune(0x4e00+i)), "secret")
				if i == 600 {
					commit(t, m.SessionManager, ctx)
				}
			}
			commit(t, m.SessionManager, ctx)
			end(t, m, token)
			now := time.Now()
			records, err := m.store.List(t.Context(), now, "", driver.ID{}, 10)
			check(t, err)
			for _, r := range records {
				full, err := m.store.Load(t.Context(), now, driver.UserKey(r.ID, ""))
				check(t, err)
				renewedOnly := name == "RenewToken, and Destroy under the new one" && full.Data.Len() == driver.MaxOps+2
				if full.Data.Len() != 1 && !renewedOnly || full.Expires.After(now.Add(time.Minute)) {
					t.Errorf("%d values until %v", full.Data.Len(), full.Expires.Sub(now))
				}
			}
			if len(records) == 0 {
				t.Error("no record is left")
			}
		})
	}
}

// A sign-out that fails half-way is none, or is one when it is made again.
func TestEndThatFails(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(m *moving){
		"take the ID":            func(m *moving) { m.store.fail("update", driver.ErrUnavailable) },
		"take the ID, unknown":   func(m *moving) { m.store.failAfter("update", driver.ErrUnavailable, true) },
		"look what the end held": func(m *moving) { m.store.fail("load", driver.ErrUnavailable) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, scsbridge.Options{})
			token := m.old(t)
			ctx := load(t, m.SessionManager, token)
			fail(m)
			wantErr(t, m.Destroy(ctx), driver.ErrUnavailable)
			check(t, m.Destroy(ctx))
			m.gone(t, token)
		})
	}
	m := newMoving(t, scsbridge.Options{})
	token := m.old(t)
	m.store.fail("create", driver.ErrUnavailable)
	wantErr(t, m.bridge.Delete(token), driver.ErrUnavailable)
	check(t, m.bridge.Delete(token))
	m.gone(t, token)
}
