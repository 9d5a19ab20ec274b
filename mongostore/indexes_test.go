package mongostore_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mongostore"
)

func indexNames(t *testing.T, coll *mongo.Collection) map[string]bool {
	t.Helper()
	specs, err := coll.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, s := range specs {
		names[s.Name] = true
	}
	return names
}

func TestEnsureIndexes(t *testing.T) {
	coll := collection(t)
	var wg sync.WaitGroup
	for range 4 { // as many processes that start at once
		wg.Go(func() {
			if err := newStore(t, coll).EnsureIndexes(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := newStore(t, coll).EnsureIndexes(t.Context()); err != nil {
		t.Error("at the next start:", err)
	}
	names := indexNames(t, coll)
	if len(names) != 4 || !names["expires_1"] || !names["deadline_1"] || !names["user_1__id_1"] {
		t.Errorf("indexes are %v", names)
	}
}

func TestIndexInTheWay(t *testing.T) {
	ascending := func(fields ...string) bson.D {
		var d bson.D
		for _, f := range fields {
			d = append(d, bson.E{Key: f, Value: 1})
		}
		return d
	}
	for name, model := range map[string]mongo.IndexModel{
		"expires without an end":   {Keys: ascending("expires")},
		"expires with a delay":     {Keys: ascending("expires"), Options: options.Index().SetExpireAfterSeconds(3600)},
		"another index's name":     {Keys: ascending("created"), Options: options.Index().SetName("deadline_1")},
		"one session for each":     {Keys: ascending("user", "_id"), Options: options.Index().SetUnique(true)},
		"users that do not expire": {Keys: ascending("deadline"), Options: options.Index().SetName("mine")},
	} {
		t.Run(name, func(t *testing.T) {
			coll := collection(t)
			if _, err := coll.Indexes().CreateOne(t.Context(), model); err != nil {
				t.Fatal(err)
			}
			before := len(indexNames(t, coll))
			err := newStore(t, coll).EnsureIndexes(t.Context())
			if !errors.Is(err, mongostore.ErrIndex) {
				t.Errorf("%v instead of %v", err, mongostore.ErrIndex)
			}
			if after := indexNames(t, coll); len(after) != before {
				t.Errorf("and yet it made indexes: %v", after)
			}
		})
	}
}

// An index of the application's own that serves as well is not in the way.
func TestIndexThatServes(t *testing.T) {
	coll := collection(t)
	model := mongo.IndexModel{
		Keys:    bson.D{{Key: "expires", Value: 1}},
		Options: options.Index().SetName("mine").SetExpireAfterSeconds(0),
	}
	if _, err := coll.Indexes().CreateOne(t.Context(), model); err != nil {
		t.Fatal(err)
	}
	if err := newStore(t, coll).EnsureIndexes(t.Context()); err != nil {
		t.Error(err)
	}
}

// The server removes what has ended, by either of the two ends, and nothing else.
func TestServerRemovesEnded(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	if err := s.EnsureIndexes(t.Context()); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-time.Minute)
	for _, end := range []struct{ expires, deadline time.Time }{
		{past, time.Time{}},
		{now.Add(time.Hour), past},
		{now.Add(time.Hour), now.Add(2 * time.Hour)},
		{now.Add(time.Hour), time.Time{}},
	} {
		k, r := newSession(`{}`)
		r.Expires, r.Deadline = end.expires, end.deadline
		if err := s.Create(t.Context(), k.Verifier, r); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute) // mongod looks once a minute
	defer cancel()
	for n := int64(4); n != 2; time.Sleep(100 * time.Millisecond) {
		var err error
		if n, err = coll.CountDocuments(ctx, bson.D{}); err != nil {
			t.Fatal(err)
		}
		if n < 2 {
			t.Fatalf("%d documents are left", n)
		}
	}
}

// Expires, as the store reports it, never passes the deadline.
func TestDeadlineCaps(t *testing.T) {
	s := newStore(t, collection(t))
	k, r := newSession(`{}`)
	r.Lifetime, r.Deadline = 24*time.Hour, now.Add(90*time.Minute)
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	got, err := s.Update(t.Context(), now, k, &driver.Update{MaxAge: 24 * time.Hour})
	if err != nil || !got.Expires.Equal(r.Deadline) {
		t.Errorf("Expires is %v, %v", got.Expires, err)
	}
	if _, err := s.Load(t.Context(), r.Deadline, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("at the deadline: %v", err)
	}
}
