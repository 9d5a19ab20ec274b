package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/mongostore"
)

// calls are the operations of a store, for failures that they have in common.
func calls(s *mongostore.Store, k driver.Key) map[string]func(ctx context.Context) error {
	calls := storetest.Methods(s, k, now)
	calls["EnsureIndexes"] = s.EnsureIndexes
	calls["Migration"] = func(ctx context.Context) error {
		_, err := s.Migration(ctx)
		return err
	}
	return calls
}

func describe(r driver.Result) string {
	taken := make([]string, len(r.Taken))
	for i, v := range r.Taken {
		taken[i] = v.Text()
	}
	return r.Fields.Text() + " [" + strings.Join(taken, ",") + "]"
}

// A document that something else has written is neither absent nor touched.
func TestForeignDocument(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	k, r := newSession(`{}`)
	id := bson.Binary{Data: k.ID[:]}
	verifier := bson.Binary{Data: k.Verifier[:]}
	for name, d := range map[string]bson.D{
		"another program's":   {{Key: "_id", Value: id}, {Key: "session", Value: `{"user":1}`}},
		"a later layout":      {{Key: "_id", Value: id}, {Key: "v", Value: 2}, {Key: "verifier", Value: verifier}, {Key: "expires", Value: now.Add(time.Hour)}, {Key: "data", Value: bson.D{}}},
		"an ended one's":      {{Key: "_id", Value: id}, {Key: "expires", Value: now.Add(-time.Hour)}},
		"data of its own":     {{Key: "_id", Value: id}, {Key: "v", Value: 1}, {Key: "verifier", Value: verifier}, {Key: "expires", Value: now.Add(time.Hour)}, {Key: "data", Value: "text"}},
		"values of its own":   {{Key: "_id", Value: id}, {Key: "v", Value: 1}, {Key: "verifier", Value: verifier}, {Key: "expires", Value: now.Add(time.Hour)}, {Key: "data", Value: bson.D{{Key: "x", Value: bson.NewObjectID()}}}},
		"metadata of its own": {{Key: "_id", Value: id}, {Key: "v", Value: 1}, {Key: "verifier", Value: verifier}, {Key: "expires", Value: now.Add(time.Hour)}, {Key: "created", Value: "today"}, {Key: "data", Value: bson.D{}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := coll.InsertOne(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			before, err := coll.FindOne(t.Context(), bson.D{}).Raw()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
				t.Errorf("Load: %v instead of %v", err, driver.ErrCorrupt)
			}
			if err := s.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrExists) {
				t.Errorf("Create: %v instead of %v", err, driver.ErrExists)
			}
			if !strings.Contains(name, "of its own") {
				if _, err := s.Update(t.Context(), now, k, update(driver.Set{Path: "x", Value: value(`1`)})); !errors.Is(err, driver.ErrCorrupt) {
					t.Errorf("Update: %v instead of %v", err, driver.ErrCorrupt)
				}
				if err := s.Delete(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
					t.Errorf("Delete: %v instead of %v", err, driver.ErrCorrupt)
				}
			}
			if n, err := s.Sweep(t.Context(), now, 10); n != 0 || err != nil {
				t.Errorf("Sweep: %d, %v", n, err)
			}
			after, err := coll.FindOne(t.Context(), bson.D{}).Raw()
			if err != nil || after.String() != before.String() {
				t.Errorf("the document has become %v, %v", after, err)
			}
			if _, err := coll.DeleteOne(t.Context(), bson.D{}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What people write with a shell is understood: 32-bit integers are integers.
func TestEditedByHand(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	k := create(t, s, `{}`)
	change := bson.D{{Key: "$set", Value: bson.D{{Key: "data.n", Value: int32(5)}, {Key: "data.o", Value: bson.D{{Key: "z", Value: int32(1)}, {Key: "a", Value: true}}}}}}
	if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, change); err != nil {
		t.Fatal(err)
	}
	got, err := s.Update(t.Context(), now, k, update(driver.Inc{Path: "n", By: value(`9007199254740993`)}, driver.Take{Path: "o"}))
	if err != nil || describe(got) != `{"n":9007199254740998} [{"a":true,"z":1}]` {
		t.Errorf("%s, %v", describe(got), err)
	}
}

// Documents end at 16 MiB whatever the limits are.
func TestServerLimit(t *testing.T) {
	s := newStore(t, collection(t))
	k, r := newSession(`{}`)
	big := driver.StringValue(strings.Repeat("x", 10<<20))
	for i, path := range []driver.Path{"a", "b"} {
		u := update(driver.Set{Path: path, Value: big})
		u.Limits.Size = 64 << 20
		if i == 0 {
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Update(t.Context(), now, k, u); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, driver.ErrTooLarge) {
			t.Errorf("Update: %.200v instead of %v", err, driver.ErrTooLarge)
		}
	}
	k, r = newSession(`{}`)
	r.Data = r.Data.With("a", big).With("b", big)
	if err := s.Create(t.Context(), k.Verifier, r); !errors.Is(err, driver.ErrTooLarge) {
		t.Errorf("Create: %.200v instead of %v", err, driver.ErrTooLarge)
	}
}

// An error says what happened, and never what the session holds.
func TestUniqueIndex(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	model := mongo.IndexModel{Keys: bson.D{{Key: "data.mail", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := coll.Indexes().CreateOne(t.Context(), model); err != nil {
		t.Fatal(err)
	}
	create(t, s, `{"mail":"ada@example.org"}`)
	k := create(t, s, `{"mail":"other"}`)
	_, err := s.Update(t.Context(), now, k, update(driver.Set{Path: "mail", Value: value(`"ada@example.org"`)}))
	// FerretDB may say InternalError, after which nobody knows.
	said := func(err error) bool {
		return errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome)
	}
	if !said(err) || strings.Contains(err.Error(), "ada") {
		t.Errorf("Update: %v", err)
	}
	k2, r := newSession(`{"mail":"ada@example.org"}`)
	if err := s.Create(t.Context(), k2.Verifier, r); !said(err) || strings.Contains(err.Error(), "ada") {
		t.Errorf("Create: %v", err)
	}
	if got := load(t, s, k); got != `{"mail":"other"}` {
		t.Errorf("the session is %s", got)
	}
}
