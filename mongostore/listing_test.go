package mongostore_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/mongostore"
)

// lists has the proxy give every index that the server lists another property, or the one of that name alone.
func lists(p *faultproxy.Proxy, name string, property bson.E) {
	edits(p, -1, func(reply bson.D) bson.D {
		batch := reply[0].Value.(bson.D)
		for i, e := range batch {
			if e.Key != "firstBatch" {
				continue
			}
			list := e.Value.(bson.A)
			for j, ix := range list {
				if d := ix.(bson.D); name == "" || d[2].Value == name {
					list[j] = append(d, property)
				}
			}
			batch[i].Value = list
		}
		return reply
	}, "listIndexes")
}

// What the test server has not got, mongod lists like this.
func TestUnfitIndexes(t *testing.T) {
	french := bson.E{Key: "collation", Value: bson.D{{Key: "locale", Value: "fr"}}}
	partial := func(field string) bson.E {
		return bson.E{Key: "partialFilterExpression", Value: bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: true}}}}}
	}
	for _, tt := range []struct {
		what, index string
		property    bson.E
		want        error
	}{
		{"nothing", "", bson.E{Key: "comment", Value: ""}, nil},
		{"a default collation", "", french, mongostore.ErrCollation},
		{"a collation", "user_1__id_1", french, mongostore.ErrIndex},
		{"a hidden index", "expires_1", bson.E{Key: "hidden", Value: true}, mongostore.ErrIndex},
		{"some sessions only", "expires_1", partial("user"), mongostore.ErrIndex},
		{"some users only", "user_1__id_1", partial("created"), mongostore.ErrIndex},
	} {
		t.Run(tt.what, func(t *testing.T) {
			_, far, p := proxied(t)
			if err := far.EnsureIndexes(t.Context()); err != nil {
				t.Fatal(err)
			}
			lists(p, tt.index, tt.property)
			if err := far.EnsureIndexes(t.Context()); !errors.Is(err, tt.want) {
				t.Errorf("%v instead of %v", err, tt.want)
			}
		})
	}
}

// An index that somebody makes at the same moment is in the way as well.
func TestIndexMadeMeanwhile(t *testing.T) {
	for name, model := range map[string]mongo.IndexModel{
		"same keys": {Keys: bson.D{{Key: "expires", Value: 1}}, Options: options.Index().SetName("mine")},
		"same name": {Keys: bson.D{{Key: "created", Value: 1}}, Options: options.Index().SetName("deadline_1")},
	} {
		t.Run(name, func(t *testing.T) {
			coll, far, p := proxied(t)
			if _, err := coll.Indexes().CreateOne(t.Context(), model); err != nil {
				t.Fatal(err)
			}
			edits(p, 1, func(reply bson.D) bson.D {
				reply[0].Value = bson.D{{Key: "id", Value: int64(0)}, {Key: "ns", Value: "x.y"}, {Key: "firstBatch", Value: bson.A{}}}
				return reply
			}, "listIndexes")
			if err := far.EnsureIndexes(t.Context()); !errors.Is(err, mongostore.ErrIndex) {
				t.Errorf("%v instead of %v", err, mongostore.ErrIndex)
			}
		})
	}
}
