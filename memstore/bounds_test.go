package memstore

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func key(n int) driver.Key {
	id := driver.ID{1, byte(n >> 8), byte(n)}
	return driver.Key{ID: id, Verifier: driver.Secret{byte(n >> 8), byte(n)}.Verifier()}
}

// create creates session n with a field of size bytes that lives for life.
func create(t *testing.T, s *Store, n, size int, life time.Duration) error {
	t.Helper()
	k := key(n)
	r := driver.Record{Meta: driver.Meta{ID: k.ID, Created: start, LastUsed: start, Expires: start.Add(life), Lifetime: 5 * time.Hour}}
	r.User = []string{"", "ann", "bob"}[n%3]
	r.Data = r.Data.With("a", text(size))
	return s.Create(t.Context(), k.Verifier, r)
}

func text(size int) driver.Value { return driver.StringValue(strings.Repeat("x", size)) }

func setTo(size int) *driver.Update {
	return &driver.Update{Ops: []driver.Op{driver.Set{Path: "a", Value: text(size)}}}
}

// audit compares what the store keeps for speed with the records it is about.
func (s *Store) audit(t *testing.T) {
	t.Helper()
	bytes, bound := 0, 0
	for id, rec := range s.records {
		bytes += rec.bytes
		if want := overhead(&rec.Record) + memory(rec.Data); rec.bytes != want || rec.aside {
			t.Errorf("record %v is counted with %d bytes, want %d; an update aside: %v", id, rec.bytes, want, rec.aside)
		}
		if rec.ID != id || rec.size != rec.Data.Size() {
			t.Errorf("record %v holds ID %v and size %d, want size %d", id, rec.ID, rec.size, rec.Data.Size())
		}
		if rec.heapPos >= len(s.expiry) || s.expiry[rec.heapPos] != rec.expiring() {
			t.Errorf("record %v is not where the heap should have it", id)
		}
		if rec.User != "" {
			bound++
			if s.users[rec.User][id] != rec {
				t.Errorf("record %v is not in the index of its user", id)
			}
		}
	}
	for user, list := range s.users {
		if bound -= len(list); len(list) == 0 {
			t.Errorf("user %q has an empty list", user)
		}
	}
	for i := 1; i < len(s.expiry); i++ {
		if s.expiry.Less(i, (i-1)/2) {
			t.Error("the heap is not in order")
		}
	}
	if bytes != s.bytes || bytes > s.maxBytes || bound != 0 || len(s.expiry) != len(s.records) {
		t.Errorf("%d bytes counted, %d held of %d allowed; %d index entries missing; %d in the heap of %d records",
			s.bytes, bytes, s.maxBytes, bound, len(s.expiry), len(s.records))
	}
}

func (s *Store) auditEmpty(t *testing.T) {
	t.Helper()
	s.audit(t)
	if len(s.records)+len(s.users)+len(s.expiry)+s.bytes != 0 {
		t.Errorf("left behind: %d records, %d users, %d in the heap, %d bytes", len(s.records), len(s.users), len(s.expiry), s.bytes)
	}
}

func TestMaxBytes(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 10_000}), t.Context()
	n := 0
	for ; create(t, s, n, 500, time.Hour) == nil; n++ {
		s.audit(t)
	}
	if n < 5 || n > 20 {
		t.Fatalf("%d sessions of 500 bytes fit into 10000", n)
	}
	if err := create(t, s, n, 500, time.Hour); !errors.Is(err, driver.ErrFull) {
		t.Errorf("Create in a full store: %v, want ErrFull", err)
	}
	before, err := s.Load(ctx, start, key(0))
	if err != nil {
		t.Fatal(err)
	}
	grow := setTo(5_000)
	grow.MaxAge = 5 * time.Hour
	if _, err := s.Update(ctx, start.Add(time.Minute), key(0), grow); !errors.Is(err, driver.ErrFull) {
		t.Errorf("growing Update in a full store: %v, want ErrFull", err)
	}
	after, err := s.Load(ctx, start, key(0))
	if err != nil || after.Meta != before.Meta || !driver.IdenticalDocs(after.Data, before.Data) {
		t.Errorf("the refused update changed the record: %v", err)
	}
	s.audit(t)

	// What does not need room works on, and makes room.
	if _, err := s.Update(ctx, start, key(0), &driver.Update{MaxAge: 3 * time.Hour}); err != nil {
		t.Errorf("touch in a full store: %v", err)
	}
	if _, err := s.Update(ctx, start, key(0), setTo(10)); err != nil {
		t.Errorf("shrinking Update in a full store: %v", err)
	}
	if _, err := s.Update(ctx, start, key(1), setTo(900)); err != nil {
		t.Errorf("growing Update into the room made: %v", err)
	}
	s.audit(t)
	if len(s.records) != n {
		t.Errorf("%d sessions are left of %d: none may be evicted", len(s.records), n)
	}
}

// TestRoomOfEnded has a sign-in take the room of the sessions that it ends; one that finds too little even so ends none.
func TestRoomOfEnded(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 10_000}), t.Context()
	n := 0
	for ; create(t, s, n, 500, time.Hour) == nil; n++ {
	}
	signIn := func(size int) *driver.Update {
		u := setTo(size)
		u.User, u.Attrs = new("ann"), driver.Attrs{"label": "Firefox"}
		u.SessionLimit = driver.SessionLimit{Max: len(s.users["ann"]), End: true}
		return u
	}
	before := len(s.records)
	if _, err := s.Update(ctx, start, key(0), signIn(3_000)); !errors.Is(err, driver.ErrFull) || len(s.records) != before {
		t.Errorf("a sign-in that finds no room: %v, want ErrFull; %d sessions are left of %d", err, len(s.records), before)
	}
	s.audit(t)
	if _, err := s.Update(ctx, start, key(0), signIn(700)); err != nil || len(s.records) != before-1 {
		t.Errorf("a sign-in that finds the room of what it ends: %v; %d sessions are left of %d, want one less", err, len(s.records), before)
	}
	s.audit(t)
}

// TestNoRoom: 1 byte and less than none are too little for any session; 0 is the default.
func TestNoRoom(t *testing.T) {
	for _, bound := range []int{1, -1, math.MinInt} {
		s := New(&Options{MaxBytes: bound})
		if err := create(t, s, 0, 1, time.Hour); !errors.Is(err, driver.ErrFull) {
			t.Errorf("Create in %d bytes: %v, want ErrFull", bound, err)
		}
	}
	if err := create(t, New(&Options{}), 0, 1, time.Hour); err != nil {
		t.Errorf("Create in the room of the default: %v", err)
	}
}

func TestRoomAfterExpiry(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 10_000}), t.Context()
	n := 0
	for ; create(t, s, n, 500, time.Duration(n+1)*time.Hour) == nil; n++ {
	}
	later := start.Add(2 * time.Hour) // the first two have expired
	if _, err := s.Update(ctx, later, key(n-1), setTo(2_500)); err != nil {
		t.Errorf("growing Update once others have expired: %v", err)
	}
	s.audit(t)
	if len(s.records) >= n || len(s.records) < n-2 {
		t.Errorf("%d sessions are left of %d, want all that are live", len(s.records), n)
	}
	for i := 2; i < n; i++ {
		if _, err := s.Load(ctx, later, key(i)); err != nil {
			t.Errorf("session %d: %v", i, err)
		}
	}
}

// TestNothingLeft does everything at random, and ends every session in one of all the ways.
func TestNothingLeft(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 30_000}), t.Context()
	const sessions = 40
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	now := start
	for range 3_000 {
		now = now.Add(time.Second)
		n := r.IntN(sessions)
		user := []string{"", "ann", "bob"}[r.IntN(3)]
		var err error
		switch r.IntN(12) {
		case 0, 1, 2, 3:
			err = create(t, s, n, r.IntN(1500), now.Sub(start)+time.Duration(r.IntN(600))*time.Second)
		case 4, 5, 6:
			u := setTo(r.IntN(1500))
			u.User, u.MaxAge = &user, time.Duration(r.IntN(600))*time.Second
			_, err = s.Update(ctx, now, key(n), u)
		case 7:
			attrs := driver.Attrs{"label": strings.Repeat("x", r.IntN(100)), "agent": strings.Repeat("x", r.IntN(2)*r.IntN(500))}
			limit := driver.SessionLimit{Max: r.IntN(8), End: r.IntN(3) > 0, Except: key(r.IntN(sessions)).ID}
			_, err = s.Update(ctx, now, key(n), &driver.Update{User: &user, MaxAge: time.Minute, Attrs: attrs, SessionLimit: limit})
		case 8:
			err = s.Delete(ctx, now, key(n))
		case 9:
			err = s.Delete(ctx, now, driver.UserKey(key(n).ID, "ann"))
		case 10:
			_, err = s.Sweep(ctx, now, 3)
		case 11:
			if r.IntN(10) == 0 {
				sel := driver.Selection{User: []string{"bob", ""}[r.IntN(2)], Except: key(n).ID, Before: start.Add(time.Duration(r.IntN(3)))}
				_, _, err = s.DeleteMany(ctx, now, sel, driver.ID{}, 10)
			}
		}
		allowed := []error{nil, driver.ErrNotFound, driver.ErrExists, driver.ErrFull, driver.ErrTooManySessions}
		if !slices.ContainsFunc(allowed, func(e error) bool { return errors.Is(err, e) }) {
			t.Fatal(err)
		}
		s.audit(t)
		if t.Failed() {
			return
		}
	}
	if _, err := s.Sweep(ctx, now.Add(time.Hour), sessions); err != nil {
		t.Fatal(err)
	}
	s.auditEmpty(t)
}
