package mongostore_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
	"github.com/atomicsession/atomicsession/mongostore"
)

// client returns the options of a client that uri describes.
func client(uri string) *options.ClientOptions { return options.Client().ApplyURI(uri) }

// guarded returns the URIs of a server with access control: of a user who may do everything, and of one who may only read. They
// are MONGODB_URI and MONGODB_READONLY_URI, or those of a server that the test starts.
func guarded(t *testing.T) (writer, reader string) {
	t.Helper()
	if writer, reader = os.Getenv("MONGODB_URI"), os.Getenv("MONGODB_READONLY_URI"); writer != "" {
		if reader == "" || client(writer).Auth == nil {
			t.Skip("MONGODB_URI is set, so MONGODB_READONLY_URI must be too, and both must name users of a server with access control")
		}
		return writer, reader
	}
	server, err := testserver.Start("mongo-server.sh", "MONGO_SERVER_AUTH=1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	uris := strings.Fields(server.URI)
	if len(uris) != 2 {
		t.Fatalf("the server has %d users", len(uris))
	}
	return uris[0], uris[1]
}

func TestAccess(t *testing.T) {
	writer, reader := guarded(t)
	t.Run("stranger", func(t *testing.T) { testStrangers(t, writer) })
	t.Run("reader", func(t *testing.T) { testReader(t, writer, reader) })
}

// Whom the server does not let in gets an error that is not ErrNotFound, before the deadline.
func testStrangers(t *testing.T, writer string) {
	right := *client(writer).Auth
	wrongPassword, unknownUser := right, right
	wrongPassword.Password = "not-the-password"
	unknownUser.Username = "nobody"
	for name, auth := range map[string]*options.Credential{
		"wrong password": &wrongPassword,
		"unknown user":   &unknownUser,
		"no credentials": nil,
	} {
		t.Run(name, func(t *testing.T) {
			coll := collection(t, client(writer))
			k := createFor(t, coll)
			before := contents(t, coll)
			stranger := func() *mongostore.Store {
				opts := client(writer)
				opts.Auth = auth
				return newStore(t, dial(t, opts).Database(coll.Database().Name()).Collection(coll.Name()))
			}
			for call := range calls(nil, k) {
				// A client of its own: one that was turned away waits before it tries again.
				wantRefused(t, call, calls(stranger(), k)[call], right.Password, wrongPassword.Password)
			}
			if after := contents(t, coll); !slices.Equal(after, before) {
				t.Errorf("the collection has become %v", after)
			}
			testVisit(t, coll, stranger(), map[string]sessionCall{"user": user, "update": set})
		})
	}
}

// A user who may only read can do that, and no more.
func testReader(t *testing.T, writer, reader string) {
	coll := collection(t, client(writer))
	k := createFor(t, coll)
	ended := createFor(t, coll)
	end := bson.D{{Key: "$set", Value: bson.D{{Key: "expires", Value: now.Add(-time.Hour)}}}}
	if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: ended.ID[:]}, end); err != nil {
		t.Fatal(err)
	}
	before := contents(t, coll)
	s := newStore(t, twin(t, coll, client(reader)))

	mayNot := calls(s, k)
	for _, call := range []string{"Load", "Load by user", "Load fields", "List", "Migration"} {
		if err := mayNot[call](t.Context()); err != nil {
			t.Errorf("%s: %v", call, err)
		}
		delete(mayNot, call)
	}
	mayNot["update by the second road"] = func(ctx context.Context) error {
		_, err := s.Update(ctx, now, k, update(driver.Set{Path: "a.0.0.0.0.0.0.0.0.0", Value: value(`1`)}))
		return err
	}
	for call, f := range mayNot {
		// FerretDB calls a missing right an internal error, after which nobody knows.
		if err := f(t.Context()); !errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(err.Error(), "InternalError") {
			wantRefused(t, call, f)
		}
	}
	if after := contents(t, coll); !slices.Equal(after, before) {
		t.Errorf("the collection has become %v", after)
	}
	if got := load(t, s, k); got != `{"n":0}` {
		t.Errorf("the session is %s", got)
	}
	testVisit(t, coll, s, map[string]sessionCall{
		"update":  set,
		"renew":   func(ctx context.Context, s *atomicsession.Session) error { return s.Renew(ctx) },
		"reset":   func(ctx context.Context, s *atomicsession.Session) error { return s.Reset(ctx) },
		"destroy": func(ctx context.Context, s *atomicsession.Session) error { return s.Destroy(ctx) },
	})

	if err := newStore(t, coll).EnsureIndexes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.EnsureIndexes(t.Context()); err != nil {
		t.Errorf("the indexes are there, and EnsureIndexes says: %v", err)
	}
}

// wantRefused makes the call, which the server is to refuse. The error must not show the secrets.
func wantRefused(t *testing.T, name string, call func(context.Context) error, secrets ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := call(ctx)
	if err == nil {
		t.Fatalf("%s is not refused", name)
	}
	if !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrNotFound) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %v instead of %v alone", name, err, driver.ErrUnavailable)
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows a password: %v", name, err)
		}
	}
}

type sessionCall = func(ctx context.Context, s *atomicsession.Session) error

func set(ctx context.Context, s *atomicsession.Session) error {
	return s.Update(ctx, atomicsession.Path("n").Set(1))
}

func user(ctx context.Context, s *atomicsession.Session) error {
	_, err := s.User(ctx)
	return err
}

// testVisit lets a visitor who is signed in come to a site whose store is refused what the calls need: each is an error of
// status 503 that leaves the cookie alone, and the visitor stays signed in.
func testVisit(t *testing.T, coll *mongo.Collection, refused driver.Store, calls map[string]sessionCall) {
	t.Helper()
	open := func(store driver.Store) *site {
		sessions, err := atomicsession.New(store, nil)
		if err != nil {
			t.Fatal(err)
		}
		return newSite(t, sessions)
	}
	st := open(newStore(t, coll))
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Renew(ctx, atomicsession.User("grace"), atomicsession.Path("n").Set(0)); err != nil {
			t.Error(err)
		}
	})
	cookie := st.cookie().Value
	broken := open(refused)
	broken.browser.Jar = st.browser.Jar
	for name, call := range calls {
		resp := broken.visit(func(ctx context.Context, s *atomicsession.Session) {
			if err := call(ctx, s); atomicsession.StatusCode(err) != http.StatusServiceUnavailable {
				t.Errorf("%s: %v, which is status %d", name, err, atomicsession.StatusCode(err))
			}
		})
		if len(resp.Cookies()) > 0 || st.cookie().Value != cookie {
			t.Errorf("%s sets %v", name, resp.Cookies())
		}
	}
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if user, err := s.User(ctx); user != "grace" || err != nil {
			t.Errorf("the visitor has become %q, %v", user, err)
		}
	})
	if got := st.document(); got != `{"n":0}` {
		t.Errorf("the session is %s", got)
	}
}

// createFor puts a new session of the user ann into the collection.
func createFor(t *testing.T, coll *mongo.Collection) driver.Key {
	t.Helper()
	k, r := newSession(`{"n":0}`)
	r.User = "ann"
	if err := newStore(t, coll).Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	return k
}

// contents returns the collection's documents and its indexes.
func contents(t *testing.T, coll *mongo.Collection) []string {
	t.Helper()
	documents, err := coll.Find(t.Context(), bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		t.Fatal(err)
	}
	indexes, err := coll.Indexes().List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, cursor := range []*mongo.Cursor{documents, indexes} {
		for cursor.Next(t.Context()) {
			list = append(list, cursor.Current.String())
		}
		if err := cursor.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return list
}
