package mongostore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/mongostore"
)

// listIndexes returns the indexes as the server lists them.
func listIndexes(t *testing.T, coll *mongo.Collection) (list []bson.D) {
	t.Helper()
	cursor, err := coll.Indexes().List(t.Context())
	if err == nil {
		err = cursor.All(t.Context(), &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// runScript does what mongosh would with a script of Migration: it runs the one command on the database that is named.
func runScript(t *testing.T, client *mongo.Client, script string) {
	t.Helper()
	name, rest, found := strings.Cut(script, `).runCommand(`)
	command, end := strings.CutSuffix(rest, ");\n")
	name, begins := strings.CutPrefix(name, "db.getSiblingDB(")
	if !found || !end || !begins {
		t.Fatalf("no command for mongosh: %s", script)
	}
	var named struct{ Database string }
	var parsed bson.D
	if err := bson.UnmarshalExtJSON([]byte(`{"database":`+name+`}`), false, &named); err != nil {
		t.Fatal(err)
	}
	if err := bson.UnmarshalExtJSON([]byte(command), false, &parsed); err != nil {
		t.Fatalf("%v: %s", err, command)
	}
	if err := client.Database(named.Database).RunCommand(t.Context(), parsed).Err(); err != nil {
		t.Fatal(err)
	}
}

// A script leaves what EnsureIndexes leaves, from the beginning and where a part is there, also in a collection with a strange name.
func TestMigration(t *testing.T) {
	want := collection(t)
	if err := newStore(t, want).EnsureIndexes(t.Context()); err != nil {
		t.Fatal(err)
	}
	mine := mongo.IndexModel{Keys: bson.D{{Key: "expires", Value: 1}}, Options: options.Index().SetName("expires_1").SetExpireAfterSeconds(0)}
	for name, made := range map[string][]mongo.IndexModel{"nothing": nil, "one": {mine}} {
		t.Run(name, func(t *testing.T) {
			database := connect(t).Database("atomicsession_test")
			coll := database.Collection(fmt.Sprintf(`it's "quoted" <&> \%d_%s`, os.Getpid(), name))
			t.Cleanup(func() { coll.Drop(context.Background()) })
			for _, model := range made {
				if _, err := coll.Indexes().CreateOne(t.Context(), model); err != nil {
					t.Fatal(err)
				}
			}
			before := listIndexes(t, coll)
			store := newStore(t, coll)
			script, err := store.Migration(t.Context())
			if err != nil || script == "" {
				t.Fatalf("%q, %v", script, err)
			}
			if after := listIndexes(t, coll); !reflect.DeepEqual(after, before) {
				t.Errorf("to ask has made %v", after)
			}
			runScript(t, database.Client(), script)
			if got, want := listIndexes(t, coll), listIndexes(t, want); !reflect.DeepEqual(got, want) {
				t.Errorf("the script leaves\n%v, EnsureIndexes\n%v", got, want)
			}
			if script, err := store.Migration(t.Context()); script != "" || err != nil {
				t.Errorf("afterwards %q, %v", script, err)
			}
		})
	}
}

func TestMigrationInTheWay(t *testing.T) {
	coll := collection(t)
	if _, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{Keys: bson.D{{Key: "expires", Value: 1}}}); err != nil {
		t.Fatal(err)
	}
	if script, err := newStore(t, coll).Migration(t.Context()); !errors.Is(err, mongostore.ErrIndex) || script != "" {
		t.Errorf("%q, %v instead of %v", script, err, mongostore.ErrIndex)
	}
}
