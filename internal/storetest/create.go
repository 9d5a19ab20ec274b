package storetest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// NewKey returns the key of a session that is not there yet.
func NewKey() (k driver.Key) {
	rand.Read(k.ID[:])
	rand.Read(k.Verifier[:])
	return k
}

// NewRecord returns a key and a record under it that lives for an hour, and may live for three after each use.
func NewRecord(tb testing.TB, user, doc string) (driver.Key, driver.Record) {
	tb.Helper()
	data, err := driver.ParseDoc(doc)
	if err != nil {
		tb.Fatal(err)
	}
	k, now := NewKey(), time.Now().UTC().Truncate(time.Millisecond)
	meta := driver.Meta{ID: k.ID, User: user, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: 3 * time.Hour}
	return k, driver.Record{Meta: meta, Data: data}
}

// Create puts a session with the document into the store, and returns its key and when that was.
func Create(tb testing.TB, s driver.Store, user, doc string) (driver.Key, time.Time) {
	tb.Helper()
	k, r := NewRecord(tb, user, doc)
	if err := s.Create(context.Background(), k.Verifier, r); err != nil {
		tb.Fatal(err)
	}
	return k, r.Created
}

// Counts expects the session to be there and to go on, and its field n to have the value.
func Counts(tb testing.TB, s driver.Store, k driver.Key, now time.Time, n int64) {
	tb.Helper()
	r, err := s.Load(context.Background(), now, k)
	if err != nil {
		tb.Fatal(err)
	}
	if got := r.Data.Get("n").Int(); got != n {
		tb.Fatalf("n is %d, want %d", got, n)
	}
	if _, err := s.Update(context.Background(), now, k, Inc("m")); err != nil {
		tb.Fatal(err)
	}
}

// Inc returns an update that adds 1.
func Inc(p driver.Path) *driver.Update {
	return &driver.Update{Ops: []driver.Op{driver.Inc{Path: p, By: driver.IntValue(1)}}}
}

// value reads a value that is written in this package.
func value(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic("storetest: " + text + ": " + err.Error())
	}
	return v
}
