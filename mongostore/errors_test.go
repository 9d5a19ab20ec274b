package mongostore_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/mongostore"
)

// methodsInOneLine expects errors of one line of every method of a store whose client cannot work.
func methodsInOneLine(t *testing.T, what string, opts *options.ClientOptions) (err error) {
	t.Helper()
	opts.SetServerSelectionTimeout(200 * time.Millisecond).SetConnectTimeout(200 * time.Millisecond)
	coll := dial(t, opts).Database("db").Collection("sessions")
	s := newStoreWith(t, coll, &mongostore.Options{Timeout: 100 * time.Millisecond})
	for name, call := range calls(s, driver.Key{}) {
		err = call(storetest.Within(t, 20*time.Second))
		storetest.InOneLine(t, what+": "+name, err, driver.ErrUnavailable, driver.ErrUnknownOutcome)
	}
	return err
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

func (f dialFunc) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return f(ctx, network, addr)
}

func TestOneLineNoServer(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	for what, uri := range map[string]string{
		"down":                "mongodb://app:the-password@" + nobody.Addr().String(),
		"wrong names":         "mongodb://app:the-password@a.invalid,b.invalid/?replicaSet=main",
		"wrong port":          "mongodb://" + plain.Listener.Addr().String(),
		"no TLS":              "mongodb://app:the-password@" + plain.Listener.Addr().String() + "/?tls=true",
		"unknown certificate": "mongodb://app:the-password@" + web.Listener.Addr().String() + "/?tls=true",
		"TLS unasked":         "mongodb://" + web.Listener.Addr().String(),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_ = methodsInOneLine(t, what, client(uri))
		})
	}
}

// TestLastReason has no server for longer than the calls have time.
func TestLastReason(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	s := newStore(t, dial(t, client("mongodb://"+nobody.Addr().String())).Database("db").Collection("sessions"))
	storetest.NamesRefusal(t, s, storetest.NewKey(), now, "connection refused")
}

// TestDisconnected has a client that can do nothing any more: nobody waits for that to pass.
func TestDisconnected(t *testing.T) {
	coll := collection(t)
	k := createFor(t, coll)
	away := twin(t, coll)
	if err := away.Database().Client().Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, away)
	start := time.Now()
	for name, call := range calls(s, k) {
		err := call(t.Context())
		storetest.InOneLine(t, name, err, driver.ErrUnavailable)
		if errors.Is(err, driver.ErrUnknownOutcome) || !errors.Is(err, mongo.ErrClientDisconnected) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("the calls took %v", took)
	}
}

// TestOneLineDial has a dialer whose error says a line for each of the ways it has tried.
func TestOneLineDial(t *testing.T) {
	reason := errors.New("no way")
	err := methodsInOneLine(t, "dial", client("mongodb://host").SetDialer(dialFunc(func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.Join(errors.New("first"), reason)
	})))
	if !strings.Contains(err.Error(), "first; no way") {
		t.Errorf("the reason is not in %v", err)
	}
	roots := client("mongodb://" + client(uri).Hosts[0]).SetTLSConfig(&tls.Config{VerifyConnection: func(tls.ConnectionState) error { return reason }})
	_ = methodsInOneLine(t, "TLS", roots)
}

// TestOneLineServerError has a server answer with errors of several lines that quote the session, with a code and without.
func TestOneLineServerError(t *testing.T) {
	coll, _, p := proxied(t)
	far := newStoreWith(t, through(t, coll, p), &mongostore.Options{Timeout: 100 * time.Millisecond})
	k := createFor(t, coll)
	const text = "bad: {mail:\n\"ada@example.org\"}"
	fails := func(e ...bson.E) func(bson.D) bson.D {
		return func(bson.D) bson.D {
			return append(bson.D{{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: text}}, e...)
		}
	}
	for what, reply := range map[string]func(bson.D) bson.D{
		"code":              fails(bson.E{Key: "code", Value: 13}, bson.E{Key: "codeName", Value: "Un\nauthorized"}),
		"no code":           fails(),
		"label and no code": fails(bson.E{Key: "errorLabels", Value: bson.A{"Retry\nableWriteError"}}),
		"write error": func(bson.D) bson.D {
			e := bson.D{{Key: "index", Value: 0}, {Key: "code", Value: 121}, {Key: "errmsg", Value: text}}
			return bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: 0}, {Key: "writeErrors", Value: bson.A{e}}}
		},
		"write concern error": func(d bson.D) bson.D {
			return append(d, bson.E{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: 64}, {Key: "errmsg", Value: text}}})
		},
	} {
		edits(p, -1, reply, "find", "findAndModify", "delete", "insert", "createIndexes", "listIndexes")
		for name, call := range calls(far, k) {
			if err := call(storetest.Within(t, 20*time.Second)); err != nil {
				storetest.InOneLine(t, what+": "+name, err, driver.ErrUnavailable, driver.ErrUnknownOutcome, driver.ErrNotFound)
			}
		}
		if _, err := far.Update(t.Context(), now, k, increment); err != nil {
			_, ok := errors.AsType[mongo.CommandError](err)
			if !ok && what != "write error" && what != "write concern error" {
				t.Errorf("%s: the server's own error is not behind %v", what, err)
			}
		}
		p.Plan(nil)
	}
}

// TestLastServerError has the client remember why it has given up the server, until the time of the calls is over.
func TestLastServerError(t *testing.T) {
	coll, far, p := proxied(t)
	k := createFor(t, coll)
	edits(p, -1, func(bson.D) bson.D {
		return bson.D{
			{Key: "ok", Value: 0.0},
			{Key: "errmsg", Value: "bad: {mail: \"ada@example.org\"}"},
			{Key: "code", Value: 10107},
			{Key: "codeName", Value: "NotWritablePrimary"},
		}
	}, "find", "findAndModify", "delete", "insert")
	named := 0
	for range 3 {
		for name, call := range calls(far, k) {
			err := call(storetest.Within(t, 300*time.Millisecond))
			switch {
			case err == nil: // EnsureIndexes, where the client has not given up the server
			case strings.Contains(err.Error(), "ada"):
				t.Errorf("%s: error %v", name, err)
			case strings.Contains(err.Error(), "server error 10107 (NotWritablePrimary)"):
				named++
			}
		}
	}
	if named == 0 {
		t.Error("no error names the server's")
	}
}
