package mongostore_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

// What no update returns the server is not asked for.
func TestNotAskedFor(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]bool{}
	coll := collection(t, options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		mu.Lock()
		defer mu.Unlock()
		if fields, ok := e.Command.Lookup("fields").DocumentOK(); ok && e.CommandName == "findAndModify" {
			elements, _ := fields.Elements()
			for _, field := range elements {
				asked[field.Key()] = true
			}
		}
	}}))
	s := newStore(t, coll)
	u := &driver.Update{User: new("ann"), Authenticated: now, Attrs: driver.Attrs{"label": "x", "ip": "::1"}}
	if _, err := s.Update(t.Context(), now, create(t, s, `{}`), u); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !asked["user"] || asked["attrs"] || asked["label"] || asked["authenticated"] {
		t.Errorf("asked for are %v", asked)
	}
}

// Nothing is sent that would be a limit in more than one step.
func TestNoLimit(t *testing.T) {
	var m monitor
	s := newStore(t, collection(t, m.options()))
	k := create(t, s, `{}`)
	m.take()
	u := &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1}}
	if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v", err, errors.ErrUnsupported)
	}
	if names := m.take(); len(names) > 0 {
		t.Errorf("it sends %v", names)
	}
}

// The label is where programs of before read and write it; all that they know of a session is as they left it.
func TestLabelOfBefore(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	k := create(t, s, `{}`)
	byThem := func(change bson.D) {
		t.Helper()
		if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, change); err != nil {
			t.Fatal(err)
		}
	}
	want := func(attrs driver.Attrs) {
		t.Helper()
		r, err := s.Load(t.Context(), now, k)
		if err != nil || !maps.Equal(r.Attrs, attrs) {
			t.Errorf("attributes are %q, want %q (error: %v)", r.Attrs, attrs, err)
		}
		_, d := stored(t, coll, k)
		if label, _ := d.Lookup("label").StringValueOK(); label != attrs["label"] {
			t.Errorf("they read the label %q, want %q", label, attrs["label"])
		}
	}
	byUs := func(attrs driver.Attrs, ops ...driver.Op) {
		t.Helper()
		if _, err := s.Update(t.Context(), now, k, &driver.Update{Attrs: attrs, Ops: ops}); err != nil {
			t.Fatal(err)
		}
	}
	byThem(bson.D{{Key: "$set", Value: bson.D{{Key: "label", Value: "theirs"}}}})
	want(driver.Attrs{"label": "theirs"})
	byUs(driver.Attrs{"ip": "::1"})
	want(driver.Attrs{"label": "theirs", "ip": "::1"})
	byUs(driver.Attrs{"label": "ours", "ip": ""})
	want(driver.Attrs{"label": "ours"})
	byThem(bson.D{{Key: "$set", Value: bson.D{{Key: "label", Value: "theirs again"}}}})
	want(driver.Attrs{"label": "theirs again"})
	byUs(driver.Attrs{"label": "", "ip": "$data", "agent": ""}, driver.SetIfAbsent{Path: "a", Value: value(`1`)}) // a pipeline
	want(driver.Attrs{"ip": "$data"})
	byThem(bson.D{{Key: "$set", Value: bson.D{{Key: "attrs", Value: "text"}}}})
	if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
		t.Errorf("attributes that are none: error %v", err)
	}
}

// A session that signs in again between the read of a step and its deletion stays.
func TestSignInBetween(t *testing.T) {
	coll, far, p := proxied(t)
	near := newStore(t, coll)
	var keys []driver.Key
	for range 3 {
		keys = append(keys, createFor(t, coll))
	}
	later := now.Add(time.Second)
	signIn := sync.OnceFunc(func() {
		if _, err := near.Update(context.Background(), later, keys[1], &driver.Update{Authenticated: later}); err != nil {
			t.Error(err)
		}
	})
	p.Plan(func(request []byte) faultproxy.Fault {
		if bytes.Contains(request, []byte("delete\x00")) {
			signIn()
		}
		return faultproxy.None
	})
	n, next, err := far.DeleteMany(t.Context(), later, driver.Selection{Before: later}, driver.ID{}, 10)
	if n != 2 || !next.IsZero() || err != nil {
		t.Errorf("%d ended, next is %v, %v; want 2", n, next, err)
	}
	list, err := near.List(t.Context(), later, "", driver.ID{}, 10)
	if err != nil || len(list) != 1 || list[0].ID != keys[1].ID {
		t.Errorf("%d sessions are left, want the one that has signed in (error: %v)", len(list), err)
	}
}

// Somebody has put into a session what is no time of a sign-in, and what are no attributes: whatever needs it says so and leaves it.
func TestSignInByHand(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	date, since := bson.NewDateTimeFromTime(now.Add(time.Hour)), now.Add(-time.Hour)
	piped := driver.SetIfAbsent{Path: "new", Value: value(`1`)}
	for _, foreign := range []any{"2026-01-01", int64(1), nil, bson.A{date}, bson.A{}, bson.A{bson.D{{Key: "agent", Value: "x"}}}, bson.Timestamp{T: 1}} {
		for field, calls := range map[string]map[string]func(k driver.Key) error{
			"authenticated": {
				"a condition": func(k driver.Key) error {
					_, err := s.Update(t.Context(), now, k, &driver.Update{AuthenticatedSince: since, Ops: []driver.Op{driver.Inc{Path: "n", By: value(`1`)}}})
					return err
				},
				"DeleteMany of ann": func(driver.Key) error {
					_, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann", Before: since}, driver.ID{}, 10)
					return err
				},
				"DeleteMany of everybody": func(driver.Key) error {
					_, _, err := s.DeleteMany(t.Context(), now, driver.Selection{Before: since}, driver.ID{}, 10)
					return err
				},
			},
			"attrs": {
				"attributes": func(k driver.Key) error {
					_, err := s.Update(t.Context(), now, k, &driver.Update{Attrs: driver.Attrs{"agent": "y"}})
					return err
				},
				"attributes and more": func(k driver.Key) error {
					_, err := s.Update(t.Context(), now, k, &driver.Update{Attrs: driver.Attrs{"agent": "y", "ip": ""}, Ops: []driver.Op{piped}})
					return err
				},
			},
		} {
			for name, call := range calls {
				k := createFor(t, coll)
				if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, bson.D{{Key: "$set", Value: bson.D{{Key: field, Value: foreign}}}}); err != nil {
					t.Fatal(err)
				}
				_, before := stored(t, coll, k)
				err := call(k)
				if _, after := stored(t, coll, k); !errors.Is(err, driver.ErrCorrupt) || after.String() != before.String() {
					t.Errorf("%s is %v: %s: error %v, and it has become %v", field, foreign, name, err, after)
				}
				if n, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann", Except: k.ID, Before: since}, driver.ID{}, 10); n != 0 || err != nil {
					t.Errorf("%s is %v: without it: %d ended, error %v", field, foreign, n, err)
				}
				if n, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10); n != 1 || err != nil {
					t.Errorf("%s is %v: %d ended, error %v", field, foreign, n, err)
				}
			}
		}
	}
}
