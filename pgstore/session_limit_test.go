package pgstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// signIn binds a session to a user who may have so many.
func signIn(user string, limit driver.SessionLimit) *driver.Update {
	return &driver.Update{User: &user, Authenticated: time.Now(), Attrs: driver.Attrs{"label": "Firefox"}, SessionLimit: limit}
}

// TestSignInRace has sessions of nobody sign in as one user, all at once, over two pools: none gets past the limit, whatever the isolation.
func TestSignInRace(t *testing.T) {
	for level, rounds := range map[string]int{"read committed": 20, "repeatable read": 2, "serializable": 2} {
		t.Run(level, func(t *testing.T) {
			const most, together = 3, 25
			schema := freshSchema(t)
			url := with(t, serverURL, "default_transaction_isolation", level, "pool_max_conns", "8")
			stores := []*Store{migrated(t, dial(t, url), schema), over(t, dial(t, url), &Options{Schema: schema})}
			refused := 0
			for round := range 2 * rounds {
				user, end := fmt.Sprint("ann", round), round%2 == 0
				var done sync.WaitGroup
				var tooMany atomic.Int32
				for i := range together {
					s := stores[i%2]
					k, now := create(t, s, "", `{"n":1}`)
					done.Go(func() {
						_, err := s.Update(within(t, time.Minute), now, k, signIn(user, driver.SessionLimit{Max: most, End: end}))
						if errors.Is(err, driver.ErrTooManySessions) && !end {
							tooMany.Add(1)
						} else if err != nil {
							t.Error(err)
						}
						if list, err := s.List(t.Context(), now, user, driver.ID{}, 100); len(list) > most || err != nil {
							t.Errorf("%d sessions are live, may be %d (error: %v)", len(list), most, err)
						}
					})
				}
				done.Wait()
				refused += int(tooMany.Load())
				if list, err := stores[0].List(t.Context(), time.Now(), user, driver.ID{}, 100); len(list) != most || err != nil {
					t.Errorf("%d sessions are left, want %d (error: %v)", len(list), most, err)
				}
			}
			if want := rounds * (together - most); refused != want {
				t.Errorf("%d were refused, want %d", refused, want)
			}
		})
	}
}

// TestExcess has random sessions of a user, some of them copies of others, and compares with what the driver says has to end.
func TestExcess(t *testing.T) {
	s, r := newStore(t), random()
	ctx, now := t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	for round := range 200 {
		user := fmt.Sprint("ann", round)
		var list []driver.Record
		for range 1 + r.IntN(8) {
			k, rec := storetest.NewRecord(t, user, `{}`)
			rec.LastUsed = now.Add(-time.Duration(r.IntN(3)) * time.Second)
			if r.IntN(5) == 0 {
				rec.Expires = now
			}
			if len(list) > 0 && r.IntN(2) == 0 {
				rec.Attrs = driver.Attrs{driver.AttrOriginal: list[r.IntN(len(list))].ID.String()}
			}
			if err := s.Create(ctx, k.Verifier, rec); err != nil {
				t.Fatal(err)
			}
			list = append(list, rec)
		}
		some := func() driver.Record { return list[r.IntN(len(list))] }
		u := signIn(user, driver.SessionLimit{Max: 1 + r.IntN(4), End: r.IntN(3) > 0})
		if r.IntN(2) == 0 {
			u.SessionLimit.Except = some().ID
		}
		if r.IntN(2) == 0 {
			u.Attrs = driver.Attrs{driver.AttrOriginal: some().ID.String()}
		}
		k, own := storetest.NewRecord(t, "", `{}`)
		if r.IntN(2) == 0 {
			own.Attrs = driver.Attrs{driver.AttrOriginal: some().ID.String()}
		}
		if err := s.Create(ctx, k.Verifier, own); err != nil {
			t.Fatal(err)
		}
		live := slices.DeleteFunc(slices.Clone(list), func(rec driver.Record) bool { return !rec.Expires.After(now) })
		excess, wantErr := u.SessionLimit.Excess(live, u.Record(own, now))
		if _, err := s.Update(ctx, now, k, u); !errors.Is(err, wantErr) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		for _, rec := range list {
			n := ask[int](t, s.server.(pool).Pool, "SELECT count(*) FROM "+s.schema+".session WHERE id = $1", rec.ID[:])
			if want := 1; (n == want) == slices.Contains(excess, rec.ID) {
				t.Fatalf("round %d: %d rows of %v, whose end is %t", round, n, rec.ID, n == want)
			}
		}
	}
}

// TestLimitKept has updates with a limit that are refused for another reason: nobody's session ends.
func TestLimitKept(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "ann", `{"n":1}`)
	own, _ := create(t, s, "", `{"n":1,"text":"x"}`)
	one := driver.SessionLimit{Max: 1, End: true}
	refusals := map[error]func(u *driver.Update, k *driver.Key){
		driver.ErrNotFound: func(_ *driver.Update, k *driver.Key) { k.Verifier[0]++ },
		driver.ErrCondition: func(u *driver.Update, _ *driver.Key) {
			u.If = []driver.Condition{{Path: "n", Is: driver.Gt, Value: driver.IntValue(1)}}
		},
		driver.ErrReauthenticate: func(u *driver.Update, _ *driver.Key) { u.AuthenticatedSince = now },
		driver.ErrType:           func(u *driver.Update, _ *driver.Key) { u.Ops = inc("text").Ops },
		driver.ErrTooLarge: func(u *driver.Update, _ *driver.Key) {
			u.Limits.Size = 30
			u.Ops = []driver.Op{driver.Set{Path: "long", Value: driver.StringValue("as long as it is")}}
		},
		driver.ErrTooManySessions: func(u *driver.Update, _ *driver.Key) { u.SessionLimit.End = false },
	}
	for want, change := range refusals {
		u, key := signIn("ann", one), own
		change(u, &key)
		if _, err := s.Update(t.Context(), now, key, u); !errors.Is(err, want) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	counts(t, s, k, now, 1)
	if r, err := s.Load(t.Context(), now, own); err != nil || r.User != "" || r.Attrs != nil || !r.Authenticated.IsZero() {
		t.Errorf("the session is %+v (error: %v), want it as it was", r, err)
	}
	if _, err := s.Update(t.Context(), now, own, signIn("ann", one)); err != nil {
		t.Error(err)
	}
	if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("error %v, want %v", err, driver.ErrNotFound)
	}
}

// TestLimitLeavesLaterOnes has a session of the user begin, without a limit, while a sign-in waits for another one's row: it is as one
// that begins after the sign-in, which must not wait for its row, too.
func TestLimitLeavesLaterOnes(t *testing.T) {
	s := newStore(t)
	create(t, s, "ann", `{"n":1}`)
	own, now := create(t, s, "", `{"n":1}`)
	tx, err := s.server.(pool).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "SELECT FROM "+s.schema+".session WHERE username = 'ann' FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	signedIn := make(chan error, 1)
	go func() {
		_, err := s.Update(within(t, time.Minute), now, own, signIn("ann", driver.SessionLimit{Max: 1, End: true}))
		signedIn <- err
	}()
	waitUntil(t, "the sign-in waits", func() bool {
		return ask[bool](t, s.server.(pool).Pool, "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%'||$1||'%')", s.schema)
	})
	later, _ := create(t, s, "ann", `{"n":1}`)
	if err := errors.Join(tx.Rollback(t.Context()), <-signedIn); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context(), now, "ann", driver.ID{}, 100)
	if err != nil || len(list) != 2 {
		t.Errorf("there are %d sessions (error: %v), want the one that signed in and the later one", len(list), err)
	}
	counts(t, s, own, now, 1)
	counts(t, s, later, now, 1)
}

// TestLimitNoDeadlock has users swap sessions under limits, while their sessions, and everybody's, are ended and swept: nobody waits for
// anybody in a circle.
func TestLimitNoDeadlock(t *testing.T) {
	s := over(t, dial(t, with(t, serverURL, "pool_max_conns", "16")), &Options{Schema: freshSchema(t), Timeout: time.Minute})
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	pool := connect(t)
	before, now := deadlocks(t, pool), time.Now()
	ctx := within(t, 2*time.Minute)
	users := []string{"ann", "bob", "eve"}
	var keys [24]atomic.Pointer[driver.Key]
	for i := range keys {
		k, _ := create(t, s, users[i%3], `{"n":1}`)
		keys[i].Store(&k)
	}
	var ended, moved atomic.Int64
	enough := func() bool { return moved.Load() > 500 && ended.Load() > 500 || ctx.Err() != nil }
	expect := func(err error) {
		if err != nil && !errors.Is(err, driver.ErrNotFound) {
			t.Error(err)
		}
	}
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			for !enough() {
				i := rand.IntN(len(keys))
				k := *keys[i].Load()
				if _, err := s.Update(ctx, now, k, signIn(users[rand.IntN(3)], driver.SessionLimit{Max: 4, End: true})); err == nil {
					moved.Add(1)
				} else {
					expect(err)
					fresh, _ := create(t, s, users[i%3], `{"n":1}`)
					keys[i].Store(&fresh)
				}
				_, err := s.Update(ctx, now, k, inc("n"))
				expect(err)
			}
		})
	}
	for _, sel := range []driver.Selection{{User: "ann"}, {User: "bob"}, {}, {Before: now.Add(-time.Hour)}} {
		done.Go(func() {
			for !enough() {
				n, _, err := s.DeleteMany(ctx, now, sel, driver.ID{}, 100)
				expect(err)
				ended.Add(int64(n))
				_, err = s.Sweep(ctx, now.Add(time.Minute), 10)
				expect(err)
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	done.Wait()
	if n := deadlocks(t, pool) - before; n > 0 {
		t.Errorf("%d deadlocks", n)
	}
	t.Logf("%d sessions were moved, %d ended", moved.Load(), ended.Load())
}

// TestSignInOvertakes has a session that is to be ended, as it has not signed in since, sign in while that waits for its row.
func TestSignInOvertakes(t *testing.T) {
	for _, user := range []string{"ann", ""} {
		application, schema := freshName(), freshSchema(t)
		near := migrated(t, connect(t), schema)
		far := over(t, dial(t, with(t, serverURL, "application_name", application)), &Options{Schema: schema})
		k, now := create(t, near, "ann", `{"n":1}`)
		other, _ := create(t, near, "ann", `{"n":1}`)
		tx, err := connect(t).Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		since := now.Add(time.Second)
		_, err = tx.Exec(t.Context(), "UPDATE "+pgx.Identifier{schema, "session"}.Sanitize()+" SET authenticated = $1 WHERE id = $2", since.UnixMilli(), k.ID[:])
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() {
			n, _, err := far.DeleteMany(context.Background(), now, driver.Selection{User: user, Before: since}, driver.ID{}, 10)
			if n != 1 && err == nil {
				err = fmt.Errorf("%d ended, want one", n)
			}
			done <- err
		}()
		waitForBlocked(t, application, 1)
		if err := errors.Join(tx.Commit(t.Context()), <-done); err != nil {
			t.Error(err)
		}
		counts(t, near, k, now, 1)
		if _, err := near.Load(t.Context(), now, other); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("error %v, want %v", err, driver.ErrNotFound)
		}
	}
}
