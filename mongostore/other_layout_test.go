package mongostore_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestOtherLayout has sessions of an earlier and of a later version, which may have any fields beside v and user.
func TestOtherLayout(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	for _, version := range []int{0, 2} {
		set := bson.D{{Key: "v", Value: version}}
		for name, change := range map[string]bson.D{
			"like ours": {{Key: "$set", Value: set}},
			"unlike":    {{Key: "$set", Value: append(set, bson.E{Key: "data", Value: "text"})}, {Key: "$unset", Value: bson.D{{Key: "expires", Value: ""}}}},
		} {
			k, at := storetest.Create(t, s, "ann", `{"n":1,"a":{"b":1}}`)
			if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, change); err != nil {
				t.Fatal(err)
			}
			t.Run(name, func(t *testing.T) {
				storetest.OtherLayout(t, s, k, at, func() string {
					_, d := stored(t, coll, k)
					return d.String()
				})
			})
			if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Ours are ended all the same.
	other, _ := storetest.Create(t, s, "ann", `{}`)
	storetest.Create(t, s, "ann", `{}`)
	later := bson.D{{Key: "$set", Value: bson.D{{Key: "v", Value: 2}}}}
	if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: other.ID[:]}, later); err != nil {
		t.Fatal(err)
	}
	n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
	if n != 1 || !next.IsZero() || !storetest.Matches(err, driver.ErrLayout) || storetest.Matches(err, driver.ErrUnknownOutcome) {
		t.Errorf("%d are ended, next %v, error %v; want 1 and %v", n, next, err, driver.ErrLayout)
	}
	storetest.WritesLayout(t, "doc.go", 1)
}
