package mongostore_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/mongostore"
)

// Signing out everywhere, and sweeping, work whatever else stands in the collection.
func TestUnreadableAmongOthers(t *testing.T) {
	id := bson.Binary{Data: []byte("0123456789abcdef")}
	type fields = bson.D
	for _, tt := range []struct {
		name string
		d    fields
		left int64 // of documents: what is no session stays
	}{
		{"a later layout", fields{{Key: "v", Value: 2}, {Key: "expires", Value: now.Add(-time.Minute)}}, 1},
		{"another program's", fields{{Key: "expires", Value: now.Add(-time.Minute)}}, 1},
		{"created by hand", fields{{Key: "v", Value: 1}, {Key: "expires", Value: now.Add(time.Hour)}, {Key: "created", Value: "today"}}, 0},
		{"created by hand, ended", fields{{Key: "v", Value: 1}, {Key: "expires", Value: now.Add(-time.Minute)}, {Key: "created", Value: "today"}}, 0},
		{"without an end", fields{{Key: "v", Value: 1}}, 0},
		{"ends some day", fields{{Key: "v", Value: 1}, {Key: "expires", Value: "some day"}}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			coll := collection(t)
			s := newStore(t, coll)
			if _, err := coll.InsertOne(t.Context(), append(fields{{Key: "_id", Value: id}, {Key: "user", Value: "ann"}}, tt.d...)); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				createFor(t, coll)
			}
			live := 3
			if len(tt.d) > 2 && tt.d[1].Value.(time.Time).After(now) {
				live = 4
			}
			n, _, err := s.DeleteMany(storetest.Within(t, 20*time.Second), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			if n != live || errors.Is(err, driver.ErrLayout) != (tt.name == "a later layout") || err != nil && !errors.Is(err, driver.ErrLayout) {
				t.Errorf("%d sessions are removed, %v, want %d", n, err, live)
			}
			if n, err := coll.CountDocuments(t.Context(), bson.D{}); n != tt.left || err != nil {
				t.Errorf("%d documents are left, %v, want %d", n, err, tt.left)
			}
		})
	}
}

func TestSweepUnreadable(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for range 3 {
		createFor(t, coll)
	}
	for _, id := range []any{bson.Binary{Data: []byte("0123456789abcdef")}, "text"} {
		d := bson.D{{Key: "_id", Value: id}, {Key: "v", Value: 1}, {Key: "expires", Value: now}, {Key: "created", Value: "today"}}
		if _, err := coll.InsertOne(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := s.Sweep(t.Context(), now.Add(2*time.Hour), 10); n != 5 || err != nil {
		t.Errorf("%d of 5 are removed, %v", n, err)
	}
}

// A step says where the next one begins, also where what it ends is damaged, and where some have an ID that no session has.
func TestDeletionSteps(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	var keys []driver.Key
	for range 5 {
		keys = append(keys, createFor(t, coll))
	}
	spoil := bson.D{{Key: "$set", Value: bson.D{{Key: "data", Value: "text"}, {Key: "created", Value: "today"}}}}
	if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: keys[1].ID[:]}, spoil); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		id := bson.Binary{Data: slices.Concat(keys[4].ID[:], []byte{byte(i)})}
		d := bson.D{{Key: "_id", Value: id}, {Key: "v", Value: 1}, {Key: "user", Value: "ann"}, {Key: "expires", Value: now}}
		if _, err := coll.InsertOne(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		after driver.ID
		limit int
		n     int
		next  driver.ID
		left  int64
	}{
		{driver.ID{}, 2, 2, keys[1].ID, 6},
		{keys[1].ID, 2, 2, keys[3].ID, 4},
		{keys[3].ID, 0, 0, driver.ID{}, 4},
		{keys[3].ID, 1, 1, keys[4].ID, 3},
		{keys[4].ID, 1, 0, driver.ID{}, 0},
	} {
		n, next, err := s.DeleteMany(storetest.Within(t, 20*time.Second), now, driver.Selection{User: "ann"}, step.after, step.limit)
		left, countErr := coll.CountDocuments(t.Context(), bson.D{})
		if n != step.n || next != step.next || err != nil || left != step.left || countErr != nil {
			t.Errorf("%d deleted, next %v, %v; %d are left, %v; want %+v", n, next, err, left, countErr, step)
		}
	}
}

// What was deleted before a failure counts, whether the server has perhaps done more (shutdown) or certainly not (a refusal), and a
// caller who goes on need not begin anew.
func TestDeletionFails(t *testing.T) {
	for _, code := range []int{91, 11601} {
		t.Run(fmt.Sprint(code), func(t *testing.T) { deletionFails(t, code) })
	}
}

// TestHalfDeleted has the server fail in the middle of its deletions, or on one shard of several.
func TestHalfDeleted(t *testing.T) {
	coll, far, p := proxied(t)
	for name, c := range map[string]struct {
		reply func(bson.D) bson.D
		n     int
		want  error
	}{
		"killed":       {serverError(11601), 0, driver.ErrUnknownOutcome},
		"conflict":     {serverError(112), 0, driver.ErrUnknownOutcome},
		"unauthorized": {serverError(13), 0, driver.ErrUnavailable},
		"one shard": {func(bson.D) bson.D {
			e := bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 8}, {Key: "errmsg", Value: "x"}}
			return bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 2}, {Key: "writeErrors", Value: bson.A{e}}}
		}, 2, driver.ErrUnknownOutcome},
	} {
		createFor(t, coll)
		edits(p, -1, c.reply, "delete")
		n, _, err := far.DeleteMany(storetest.Within(t, 20*time.Second), now, driver.Selection{User: "ann"}, driver.ID{}, 4)
		if n != c.n || !errors.Is(err, c.want) {
			t.Errorf("%s: %d deleted, %v; want %d and %v", name, n, err, c.n, c.want)
		}
		p.Plan(nil)
	}
}

func deletionFails(t *testing.T, code int) {
	coll, far, p := proxied(t)
	var keys []driver.Key
	for range 6 {
		keys = append(keys, createFor(t, coll))
	}
	end := bson.D{{Key: "$set", Value: bson.D{{Key: "expires", Value: now}}}}
	if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: keys[0].ID[:]}, end); err != nil {
		t.Fatal(err)
	}
	deletions := 0
	edits(p, -1, func(reply bson.D) bson.D {
		if deletions++; deletions == 2 { // of those that have ended
			return serverError(code)(reply)
		}
		return reply
	}, "delete")
	n, next, err := far.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 4)
	if n != 3 || !next.IsZero() || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("%d deleted, next %v, %v; want 3 and %v", n, next, err, driver.ErrUnknownOutcome)
	}
	n, next, err = far.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 4)
	if n != 2 || !next.IsZero() || err != nil {
		t.Errorf("%d deleted, next %v, %v; want the other 2", n, next, err)
	}
}

// TestLastLookFails has all sessions of a user be gone, though none was live any more, when the last look at the user fails.
func TestLastLookFails(t *testing.T) {
	p := storetest.Proxy(t, options.Client().ApplyURI(uri).Hosts[0])
	coll := collection(t)
	near, far := newStore(t, coll), newStoreWith(t, through(t, coll, p), &mongostore.Options{Timeout: 300 * time.Millisecond})
	_, at := storetest.Create(t, near, "ann", `{}`)
	finds := 0
	p.Plan(func(r []byte) faultproxy.Fault {
		if bytes.Contains(r, []byte("find\x00")) {
			if finds++; finds > 1 {
				return faultproxy.DropReply
			}
		}
		return faultproxy.None
	})
	later := at.Add(100 * 365 * 24 * time.Hour)
	n, next, err := far.DeleteMany(t.Context(), later, driver.Selection{User: "ann"}, driver.ID{}, 10)
	p.Plan(nil)
	if n != 0 || !next.IsZero() || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("%d, next %v, error %v; want %v", n, next, err, driver.ErrUnknownOutcome)
	}
	if list, err := near.List(t.Context(), at, "ann", driver.ID{}, 10); len(list) > 0 || err != nil {
		t.Errorf("%d sessions are left: %v", len(list), err)
	}
}
