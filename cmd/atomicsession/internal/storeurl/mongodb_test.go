package storeurl

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
)

func TestOpenMongo(t *testing.T) {
	u := serverURL(t, "MONGODB_URI", "mongo-server.sh")
	client, err := mongo.Connect(options.Client().ApplyURI(u.String()))
	if err != nil {
		t.Fatal(err)
	}
	database := client.Database("storeurl_test")
	drop := func() {
		if err := database.Collection("visits").Drop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	defer func() {
		drop()
		if err := client.Disconnect(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	drop()
	u.Path = "/" + database.Name()
	u.RawQuery += "collection=visits"

	for range 2 { // the first has made nothing
		if opened, err := Open(t.Context(), u.String(), Existing); err == nil {
			t.Errorf("a collection that does not exist was opened: %v", opened.Close())
		} else if want := u.Host + ": there is no collection storeurl_test.visits"; err.Error() != want {
			t.Errorf("a collection that does not exist: %v, want %s", err, want)
		}
	}
	for _, mode := range []Mode{Create, Existing} {
		opened, err := Open(t.Context(), u.String(), mode)
		if err != nil {
			t.Fatal(err)
		}
		if want := "MongoDB collection storeurl_test.visits on " + u.Host; opened.Name != want {
			t.Errorf("it is called %q, want %q", opened.Name, want)
		}
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}

	down := "mongodb://u:secret@127.0.0.1:1/db?serverSelectionTimeoutMS=100"
	if _, err := Open(t.Context(), down, Existing); err == nil || !strings.HasPrefix(err.Error(), "127.0.0.1:1: ") || strings.Contains(err.Error(), "secret") {
		t.Errorf("without a server: %v", err)
	}
}

func TestParseMongo(t *testing.T) {
	for _, tc := range []struct {
		text string
		want mongoURL
	}{
		{"mongodb://host", mongoURL{"mongodb://host/", "mongodb://host/", "host", "atomicsession", "sessions", 1, false}},
		{"mongodb://host/app?collection=s", mongoURL{"mongodb://host/app", "mongodb://host/app", "host", "app", "s", 1, false}},
		{"mongodb+srv://u:p@example.com/app", mongoURL{"mongodb+srv://u:p@example.com/app", "mongodb+srv://user:password@example.com/app", "example.com", "app", "sessions", 0, true}},
		{
			"mongodb://u:p%40@a:1,b:2/app?collection=s&replicaSet=r",
			mongoURL{"mongodb://u:p%40@a:1,b:2/app?replicaSet=r", "mongodb://user:password@a:1,b:2/app?replicaSet=r", "a:1,b:2", "app", "s", 2, false},
		},
	} {
		got, err := readMongo(tc.text)
		if err != nil || got != tc.want {
			t.Errorf("%s: %+v, %v", tc.text, got, err)
		}
	}
}

// TestMongoParameters asks the driver whether it knows what is said to be known.
func TestMongoParameters(t *testing.T) {
	for _, name := range append(mongoRules.known[1:len(mongoRules.known):len(mongoRules.known)], "nonsense") {
		parsed, err := connstring.Parse("mongodb://host/?" + name + "=1")
		if known := err != nil || len(parsed.UnknownOptions) == 0; known != (name != "nonsense") {
			t.Errorf("%s is known to the driver: %v", name, known)
		}
	}
}
