package mongostore_test

import (
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestTwins makes more random updates than other stores are tried with, since servers differ from one another: after each of them
// the session must be what was answered.
func TestTwins(t *testing.T) {
	t.Parallel()
	updates := 1000
	if storetest.All() {
		updates = 10_000
	}
	drivertest.Random(t, open, updates)
}

// What is answered is what the server says it has stored, not what it should have stored.
func TestAnswer(t *testing.T) {
	coll, far, p := proxied(t)
	k := create(t, newStore(t, coll), `{"n":1}`)
	field := func(d bson.D, name string) *bson.E {
		return &d[slices.IndexFunc(d, func(e bson.E) bool { return e.Key == name })]
	}
	edits(p, 1, func(reply bson.D) bson.D {
		field(field(reply, "value").Value.(bson.D), "data").Value = bson.D{{Key: "n", Value: int64(7)}}
		return reply
	}, "findAndModify")
	got, err := far.Update(t.Context(), now, k, increment)
	if err != nil || got.Fields.Text() != `{"n":7}` {
		t.Errorf("%s, %v", got.Fields.Text(), err)
	}
}
