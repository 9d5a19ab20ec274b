package redisstore

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestFieldsCommands counts what the server sees of a load of fields.
func TestFieldsCommands(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{Prefix: freshPrefix()})
	k, now := create(t, s, "ann", `{"a":1,"n":1}`)
	for _, names := range [][]string{nil, {"n"}, {"a", "b", "n"}} {
		before := commandCalls(t, s)
		if _, err := s.LoadFields(t.Context(), now, k, names); err != nil {
			t.Fatal(err)
		}
		after := commandCalls(t, s)
		if n := after["hmget"] - before["hmget"]; n != 1 || sent(before, after) != "" {
			t.Errorf("%q: the server got %d times HMGET, and %q", names, n, sent(before, after))
		}
	}
}

// TestCacheOfFields loads fields, by whatever names, out of what the cache has of the whole session.
func TestCacheOfFields(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{Prefix: freshPrefix(), CacheTTL: time.Hour})
	k, now := create(t, s, "ann", `{"a":1,"b":2,"n":1}`)
	whole, err := s.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	before := commandCalls(t, s)
	for _, names := range [][]string{nil, {"a"}, {"b", "c", "n"}, {"c"}} {
		part, err := s.LoadFields(t.Context(), now, k, names)
		if want := whole.Data.Only(names); err != nil || !driver.IdenticalDocs(part.Data, want) || part.Meta != whole.Meta {
			t.Errorf("%q: %v, %s of %+v, want %s of %+v", names, err, part.Data.Text(), part.Meta, want.Text(), whole.Meta)
		}
	}
	if got := sent(before, commandCalls(t, s)); got != "" {
		t.Errorf("loads of a cached session were %s", got)
	}
}

// TestDamagedField damages a field of the document: only who reads it is told so.
func TestDamagedField(t *testing.T) {
	s := newStore(t, address, Options{Prefix: freshPrefix()})
	k, now := create(t, s, "ann", `{"a":1,"n":1}`)
	do(t, s.client, "HSET", s.sessionKey(k.ID), "n", "soon")
	storetest.DamagedField(t, s, k, now)
	do(t, s.client, "HSET", s.sessionKey(k.ID), "n", "[1,soon]")
	storetest.DamagedInside(t, s, k, now)
}
