package mongostore_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mongostore"
)

// A driver session in the context, of this client or of another one, is the application's: no change of a session of ours may
// be undone with its transaction.
func TestTransactionOfTheApplication(t *testing.T) {
	var mu sync.Mutex
	var inTransaction []string
	coll := collection(t, options.Client().SetMonitor(&event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
		if _, err := e.Command.LookupErr("autocommit"); err == nil {
			mu.Lock()
			defer mu.Unlock()
			inTransaction = append(inTransaction, e.CommandName)
		}
	}}))
	s := mongostore.New(coll, nil)
	if err := s.EnsureIndexes(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*mongo.Client{"the same client": coll.Database().Client(), "another client": connect(t)} {
		session, err := client.StartSession()
		if err != nil {
			t.Fatal(err)
		}
		defer session.EndSession(context.Background())
		if err := session.StartTransaction(); err != nil {
			t.Fatal(err)
		}
		ctx := mongo.NewSessionContext(t.Context(), session)
		for call := range calls(s, driver.Key{}) {
			k := createFor(t, coll)
			if err := calls(s, k)[call](ctx); err != nil {
				t.Errorf("%s: %s: %v", name, call, err)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(inTransaction) > 0 {
		t.Errorf("part of the transaction are %v", inTransaction)
	}
}

// Every change asks for the write concern of the options, which is majority, and whatever the client asks for.
func TestWriteConcern(t *testing.T) {
	for _, tt := range []struct {
		opts *mongostore.Options
		want string
	}{
		{nil, `"majority"`},
		{&mongostore.Options{}, `"majority"`},
		{&mongostore.Options{WriteConcern: writeconcern.W1()}, `{"$numberInt":"1"}`},
	} {
		var mu sync.Mutex
		got := make(map[string]string)
		monitor := &event.CommandMonitor{Started: func(_ context.Context, e *event.CommandStartedEvent) {
			mu.Lock()
			defer mu.Unlock()
			got[e.CommandName] = e.Command.Lookup("writeConcern", "w").String()
		}}
		coll := collection(t, options.Client().SetWriteConcern(writeconcern.Unacknowledged()).SetMonitor(monitor))
		s := mongostore.New(coll, tt.opts)
		for call := range calls(s, driver.Key{}) {
			if err := calls(s, create(t, s, `{}`))[call](t.Context()); err != nil && !errors.Is(err, driver.ErrNotFound) {
				t.Errorf("%s: %v", call, err)
			}
		}
		mu.Lock()
		for _, command := range []string{"insert", "findAndModify", "delete", "createIndexes"} {
			if got[command] != tt.want {
				t.Errorf("%s asks for %s, want %s", command, got[command], tt.want)
			}
		}
		mu.Unlock()
	}
}

// A write concern that promises nothing is refused before anything is sent.
func TestUnacknowledged(t *testing.T) {
	coll := collection(t)
	k := createFor(t, coll)
	before := contents(t, coll)
	s := mongostore.New(coll, &mongostore.Options{WriteConcern: writeconcern.Unacknowledged()})
	for name, call := range calls(s, k) {
		if err := call(t.Context()); !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("%s: %v instead of %v", name, err, driver.ErrUnavailable)
		}
	}
	if after := contents(t, coll); len(after) != len(before) || after[0] != before[0] {
		t.Errorf("the collection has become %v", after)
	}
}
