package redisstore

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// optionSeen is an option that may stand in the URL and in [Options], and how it is seen what a store makes of it.
type optionSeen struct {
	field     string // of Options
	parameter string // of the URL
	value     string // in the URL
	other     string // in the URL, where Options say value
	options   Options
	see       func(t *testing.T, s *Store, address string) // fails unless the store does what value says
}

var optionsSeen = []optionSeen{
	{"Prefix", "prefix", "seen:", "other:", Options{Prefix: "seen:"}, seePrefix},
	{"Timeout", "timeout", "100ms", "1h", Options{Timeout: 100 * time.Millisecond}, seeTimeout},
	{"Replicas", "replicas", "1", "2", Options{Replicas: 1}, seeReplicas},
	{"CacheTTL", "cache_ttl", "1h", "1ms", Options{CacheTTL: time.Hour}, seeCacheTTL},
}

// TestOptionsMeanOneThing gives each option by the URL, by Options, and by both, where Options come first: the store does the same.
func TestOptionsMeanOneThing(t *testing.T) {
	var fields []string
	for f := range reflect.TypeFor[Options]().Fields() {
		fields = append(fields, f.Name)
	}
	for _, o := range optionsSeen {
		fields = slices.DeleteFunc(fields, func(name string) bool { return name == o.field })
		for _, way := range []struct {
			name, value string
			options     *Options
		}{
			{"URL", o.value, nil},
			{"URL beside empty options", o.value, &Options{}},
			{"Options", "", &o.options},
			{"both", o.other, &o.options},
			{"both the same", o.value, &o.options},
		} {
			t.Run(o.field+" by "+way.name, func(t *testing.T) {
				srv := newServer(t)
				address := "redis://" + srv.Addr
				if way.value != "" {
					address += "?" + o.parameter + "=" + url.QueryEscape(way.value)
				}
				s, err := Open(t.Context(), address, way.options)
				must(t, err)
				defer s.Close()
				o.see(t, s, srv.Addr)
			})
		}
	}
	if !slices.Equal(fields, []string{"Logger"}) { // which no URL can hold
		t.Errorf("no test for options %v", fields)
	}
}

func seePrefix(t *testing.T, s *Store, address string) {
	t.Helper()
	k, _ := create(t, s, "ann", `{}`)
	c := newClient(t, address)
	keys, err := c.Do(t.Context(), c.B().Keys().Pattern("*").Build()).AsStrSlice()
	slices.Sort(keys)
	if want := []string{"seen:s:" + k.ID.String(), "seen:u:ann"}; err != nil || !slices.Equal(keys, want) {
		t.Errorf("the server has %q, %v, want %q", keys, err, want)
	}
}

// seeTimeout updates while the server refuses to.
func seeTimeout(t *testing.T, s *Store, address string) {
	t.Helper()
	k, now := create(t, s, "", `{"n":1}`)
	do(t, newClient(t, address), "REPLICAOF", "127.0.0.1", "1")
	begun := time.Now()
	_, err := s.Update(within(t, time.Minute), now, k, inc("n"))
	if took := time.Since(begun); !storetest.Matches(err, driver.ErrUnavailable, driver.ErrUnknownOutcome) || took > 4*time.Second { // by default it takes 5 s
		t.Errorf("a server that refuses is given up after %v: %v", took, err)
	}
}

// seeReplicas updates on a server that has none.
func seeReplicas(t *testing.T, s *Store, _ string) {
	t.Helper()
	_, r := storetest.NewRecord(t, "", `{}`)
	err := s.Create(within(t, 100*time.Millisecond), driver.Verifier{}, r)
	if want := "1 replicas"; !errors.Is(err, driver.ErrUnknownOutcome) || !strings.Contains(err.Error(), want) {
		t.Errorf("without a replica: error %v, want one of %s", err, want)
	}
}

func seeCacheTTL(t *testing.T, s *Store, _ string) {
	t.Helper()
	k, now := create(t, s, "", `{"n":1}`)
	for range 2 {
		_, err := s.Load(t.Context(), now, k)
		must(t, err)
	}
	if n := commandCalls(t, s)["hgetall"]; n != 1 {
		t.Errorf("two loads are %d commands, want 1", n)
	}
	cached := s.client.DoCache(t.Context(), s.client.B().Hgetall().Key(s.sessionKey(k.ID)).Cache(), time.Second)
	if left := cached.CacheTTL(); !cached.IsCacheHit() || left < 60 || left > 3600 {
		t.Errorf("it is in the cache (%v) for %d s, want for an hour", cached.IsCacheHit(), left)
	}
}

// TestCacheNeedsProtocol3 asks for a cache over a protocol in which no server tells of changes.
func TestCacheNeedsProtocol3(t *testing.T) {
	for name, o := range map[string]struct {
		parameters string
		options    *Options
	}{
		"URL":     {"&cache_ttl=1s", nil},
		"Options": {"", &Options{CacheTTL: time.Second}},
	} {
		s, err := Open(t.Context(), "redis://"+address+"?protocol=2"+o.parameters, o.options)
		if err == nil {
			s.Close()
		}
		if err == nil || errors.Is(err, driver.ErrUnavailable) || errors.Is(err, rueidis.ErrNoCache) || !strings.Contains(err.Error(), "protocol 2") {
			t.Errorf("by %s: error %v", name, err)
		}
	}
	s, err := Open(t.Context(), "redis://"+address+"?protocol=2&prefix="+freshPrefix(), nil)
	must(t, err)
	defer s.Close()
	k, now := create(t, s, "", `{"n":1}`)
	counts(t, s, k, now, 1)
}
