package mongostore_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
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
	s := newStore(t, coll)
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
		s := newStoreWith(t, coll, tt.opts)
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

func TestBadOptions(t *testing.T) {
	coll := collection(t)
	for want, list := range map[string][]mongostore.Options{
		"mongostore: WriteConcern: must be one that the server acknowledges, not w: 0": {
			{WriteConcern: writeconcern.Unacknowledged()},
			{WriteConcern: &writeconcern.WriteConcern{W: 0, Journal: new(true)}},
			{WriteConcern: &writeconcern.WriteConcern{W: -1}},
		},
		"mongostore: Timeout: must not be negative": {{Timeout: -1}},
	} {
		for _, opts := range list {
			if s, err := mongostore.New(coll, &opts); s != nil || err == nil || err.Error() != want {
				t.Errorf("%+v: the error is %v, want %s", opts, err, want)
			}
		}
	}
}

// A server that gives up on every command is tried again for as long as the options say.
func TestTimeout(t *testing.T) {
	coll, _, p := proxied(t)
	const timeout = 500 * time.Millisecond
	far := newStoreWith(t, through(t, coll, p), &mongostore.Options{Timeout: timeout})
	k := createFor(t, coll)
	edits(p, -1, serverError(11600), "find", "findAndModify", "delete", "insert", "update")
	for name, call := range storetest.Methods(far, k, now) {
		start := time.Now()
		err := call(t.Context())
		took := time.Since(start)
		want := driver.ErrUnknownOutcome
		if strings.HasPrefix(name, "L") || name == "Sweep" || name == "DeleteMany" { // they read first
			want = driver.ErrUnavailable
		}
		if !errors.Is(err, want) || !strings.Contains(err.Error(), "server error 11600 (Test)") {
			t.Errorf("%s: %v, want %v and the server's error", name, err, want)
		}
		if name != "Create" && took < timeout/4 || took > timeout+5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}
