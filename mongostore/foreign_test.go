package mongostore_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// Nothing updates a document whose data is not one, however little it changes.
func TestDataOfItsOwn(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for _, data := range []any{"text", bson.A{}, bson.A{bson.D{{Key: "x", Value: 1}}}, nil} {
		k := createFor(t, coll)
		id := bson.Binary{Data: k.ID[:]}
		if _, err := coll.UpdateByID(t.Context(), id, bson.D{{Key: "$set", Value: bson.D{{Key: "data", Value: data}}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.LoadFields(t.Context(), now, k, []string{"x"}); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%v: LoadFields: %v instead of %v", data, err, driver.ErrCorrupt)
		}
		before := contents(t, coll)
		v := driver.Secret{9}.Verifier()
		for name, u := range map[string]*driver.Update{
			"touch":      {MaxAge: time.Hour},
			"renew":      {Renew: &v, User: new("bob")},
			"set":        update(driver.Set{Path: "x", Value: value(`1`)}),
			"set object": update(driver.Set{Path: "x", Value: value(`{"n":1}`)}),
			"element":    update(driver.Set{Path: "0", Value: value(`1`)}),
		} {
			if _, err := s.Update(t.Context(), now, k, u); !errors.Is(err, driver.ErrCorrupt) {
				t.Errorf("%v: %s: %v instead of %v", data, name, err, driver.ErrCorrupt)
			}
		}
		if after := contents(t, coll); strings.Join(after, "\n") != strings.Join(before, "\n") {
			t.Errorf("%v: the collection has become %v", data, after)
		}
		if err := s.Delete(t.Context(), now, k); err != nil {
			t.Errorf("%v: its owner cannot end it: %v", data, err)
		}
	}
}

// An update of a field that holds a value of a foreign type says what is known of it.
func TestForeignValue(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for _, tt := range []struct {
		op    driver.Op
		known bool
		after string
	}{
		{driver.Set{Path: "x", Value: value(`1`)}, true, `{"n":0,"x":1}`}, // nobody needs what was there
		{driver.Set{Path: "x.y", Value: value(`1`)}, false, driver.ErrCorrupt.Error() + ": a value of BSON type objectID"},
		{driver.Take{Path: "x"}, false, `{"n":0}`},
		{driver.Take{Path: "x.y"}, false, driver.ErrCorrupt.Error() + ": a value of BSON type objectID"},
	} {
		k := createFor(t, coll)
		foreign := any(bson.NewObjectID())
		if tt.op.Target() != "x" {
			foreign = bson.D{{Key: "y", Value: 1}, {Key: "z", Value: foreign}}
		}
		change := bson.D{{Key: "$set", Value: bson.D{{Key: "data.x", Value: foreign}}}}
		if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, change); err != nil {
			t.Fatal(err)
		}
		got, err := s.Update(t.Context(), now, k, update(tt.op))
		switch {
		case tt.known:
			if err != nil || got.Fields.Text() != `{"x":1}` {
				t.Errorf("%s: %s, %v", updateText(update(tt.op)), got.Fields.Text(), err)
			}
		case !storetest.Matches(err, driver.ErrUnknownOutcome), errors.Is(err, driver.ErrCorrupt):
			t.Errorf("%s: %v instead of %v alone", updateText(update(tt.op)), err, driver.ErrUnknownOutcome)
		}
		if got := load(t, s, k); got != tt.after {
			t.Errorf("%s: the session is %s", updateText(update(tt.op)), got)
		}
	}
}

// TestDamagedField has somebody write into a field what no session holds.
func TestDamagedField(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	k, r := newSession(`{"a":1,"n":1}`)
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	change := bson.D{{Key: "$set", Value: bson.D{{Key: "data.n", Value: bson.NewObjectID()}}}}
	if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, change); err != nil {
		t.Fatal(err)
	}
	storetest.DamagedField(t, s, k, now)
}
