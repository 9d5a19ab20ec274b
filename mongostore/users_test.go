package mongostore_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
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
			s := mongostore.New(coll, nil)
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
			n, err := s.DeleteUserSessions(storetest.Within(t, 20*time.Second), now, "ann", driver.ID{})
			if n != live || err != nil {
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
	s := mongostore.New(coll, nil)
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
