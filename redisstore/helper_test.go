package redisstore

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// newClient returns a client as [Open] makes it.
func newClient(t testing.TB, addr string) rueidis.Client {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableRetry: true, AlwaysPipelining: true, ForceSingleClient: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// What tests of all stores do, and servers, by the names that are used most.
var (
	newServer = testserver.NewRedis
	create    = storetest.Create
	counts    = storetest.Counts
	inc       = storetest.Inc
	waitUntil = storetest.WaitUntil
	within    = storetest.Within
)

// must ends the test if something failed that it needs.
func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

var prefixes atomic.Int64

// freshPrefix returns a prefix that no other test uses, even one of another process on the same server.
func freshPrefix() string { return fmt.Sprintf("test:%s:%d:", newOpID(), prefixes.Add(1)) }

func newStore(t testing.TB, addr string, o Options) *Store {
	t.Helper()
	if o.Prefix == "" {
		o.Prefix = freshPrefix()
	}
	s, err := New(newClient(t, addr), &o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// info returns a section of what the server says of itself, by name.
func info(t *testing.T, c rueidis.Client, section string) map[string]string {
	t.Helper()
	text, err := c.Do(context.Background(), c.B().Info().Section(section).Build()).ToString()
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimPrefix(line, "txt:"))
		if name, value, ok := strings.Cut(line, ":"); ok {
			m[name] = value
		}
	}
	return m
}
