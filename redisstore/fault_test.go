package redisstore

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// reached is the server that tests share, under a prefix of its own.
func reached(t *testing.T) faults.Network {
	t.Helper()
	o := Options{Prefix: freshPrefix(), Timeout: 20 * time.Second}
	loadScripts(t, newStore(t, address, o))
	connect := func(tb testing.TB, addr string) driver.Store {
		client, err := rueidis.NewClient(rueidis.ClientOption{
			InitAddress: []string{addr}, DisableRetry: true, AlwaysPipelining: true, ForceSingleClient: true,
			RingScaleEachConn: 4, ReadBufferEachConn: 1 << 14, WriteBufferEachConn: 1 << 14, // most connections carry a message or two
		})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(client.Close)
		s, err := New(client, &o)
		if err != nil {
			tb.Fatal(err)
		}
		return s
	}
	return faults.Network{Addr: address, Connect: connect}
}

func network(t *testing.T) faults.Link {
	t.Helper()
	return reached(t).Link(t)
}

// loadScripts makes the server know the scripts, so that requests name them by digest.
func loadScripts(t *testing.T, s *Store) {
	t.Helper()
	for _, sc := range []*script{updateScript, readScript, createScript, deleteScript, indexScript} {
		do(t, s.client, "SCRIPT", "LOAD", sc.text)
	}
}

// names tells whether a request is for the script.
func (sc *script) names(request []byte) bool { return bytes.Contains(request, []byte(sc.sha)) }

// entersFirst matches a sign-in that does not say until when the session is in the user's index: it is answered with that question,
// and changes nothing.
var entersFirst = regexp.MustCompile(`\r\nrare\r\n(?:\$\d+\r\n[^\r]*\r\n){3}\$\d+\r\n=[^\r]+\r\n\$0\r\n`)

// applies tells whether a request is for an update that is complete.
func applies(request []byte) bool { return updateScript.names(request) && !entersFirst.Match(request) }

func TestFaults(t *testing.T) {
	if unknown := faults.Run(t, reached); unknown > 0 {
		t.Errorf("the outcome of %d calls is unknown: this store goes on until it knows", unknown)
	}
}

// TestKnown has faults after which a store may not know what became of an update: this one does.
func TestKnown(t *testing.T) {
	for _, c := range []struct {
		name   string
		faults []faultproxy.Fault
		u      *driver.Update
		want   error
	}{
		{"it was never sent", []faultproxy.Fault{faultproxy.DropRequest}, inc("n"), nil},
		{"it cannot be applied any more", []faultproxy.Fault{faultproxy.LateRequest}, inc("f"), driver.ErrType},
		{"nor can its second try", []faultproxy.Fault{faultproxy.LateRequest, faultproxy.DropReply}, inc("f"), driver.ErrType},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := network(t)
			k, now := create(t, n.Near, "", `{"f":"x","n":1}`)
			sent, other := 0, false
			n.Proxy.Plan(func(request []byte) faultproxy.Fault {
				if readScript.names(request) && !other { // it asks what became of its update
					other = true
					if _, err := n.Near.Update(t.Context(), now, k, inc("other")); err != nil {
						t.Error(err)
					}
				}
				if sent == len(c.faults) || !updateScript.names(request) {
					return faultproxy.None
				}
				sent++
				return c.faults[sent-1]
			})
			res, err := n.Far.Update(t.Context(), now, k, c.u)
			n.Proxy.Plan(nil)
			n.Proxy.Release()
			if !errors.Is(err, c.want) || errors.Is(err, driver.ErrUnknownOutcome) || !other {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if want := c.u.Written(document(t, n.Near, k, now)); err == nil && !driver.IdenticalDocs(res.Fields, want) {
				t.Errorf("it returned %v, want %v", res.Fields.Text(), want.Text())
			}
		})
	}
}

func document(t *testing.T, s driver.Store, k driver.Key, now time.Time) driver.Doc {
	t.Helper()
	r, err := s.Load(t.Context(), now, k)
	if err != nil {
		t.Fatal(err)
	}
	return r.Data
}

// TestLostSignIns loses messages of updates that make themselves impossible: their key no longer fits, or the sign-in is forgotten. They
// take effect once all the same, and their late copies never.
func TestLostSignIns(t *testing.T) {
	byUser := func(k driver.Key) driver.Key { return driver.UserKey(k.ID, "ann") }
	bySecret := func(k driver.Key) driver.Key { return k }
	since, renew, nested := time.UnixMilli(1), new(driver.Secret{1}.Verifier()), append(inc("a.b").Ops, inc("n").Ops...)
	for name, c := range map[string]struct {
		key func(k driver.Key) driver.Key
		u   driver.Update
	}{
		"by user":                  {byUser, *inc("n")},
		"by user, nested":          {byUser, driver.Update{Ops: nested}},
		"by user, renewal":         {byUser, driver.Update{Ops: inc("n").Ops, Renew: renew}},
		"by user, sign-out":        {byUser, driver.Update{Ops: inc("n").Ops, User: new("")}},
		"by user, nested sign-out": {byUser, driver.Update{Ops: nested, User: new(""), AuthenticatedSince: since}},
		"since, sign-out":          {bySecret, driver.Update{Ops: inc("n").Ops, User: new(""), AuthenticatedSince: since, Renew: renew}},
		"attributes":               {bySecret, driver.Update{Ops: inc("n").Ops, Attrs: driver.Attrs{"agent": "x", "label": "y"}, Authenticated: since}},
	} {
		for _, fault := range []faultproxy.Fault{faultproxy.DropRequest, faultproxy.DropReply, faultproxy.LateRequest} {
			t.Run(fmt.Sprintf("%s, fault %d", name, fault), func(t *testing.T) {
				n := network(t)
				k, r := storetest.NewRecord(t, "ann", `{"a":{"b":1},"n":1}`)
				r.Authenticated, r.Attrs = r.Created, driver.Attrs{"agent": "before"}
				if err := n.Near.Create(t.Context(), k.Verifier, r); err != nil {
					t.Fatal(err)
				}
				lost := false
				n.Proxy.Plan(func(request []byte) faultproxy.Fault {
					if lost || !applies(request) {
						return faultproxy.None
					}
					lost = true
					return fault
				})
				res, err := n.Far.Update(t.Context(), r.Created, c.key(k), &c.u)
				n.Proxy.Plan(nil)
				n.Proxy.Release()
				want := c.u.Record(r, r.Created)
				if !lost || err != nil || res.Meta != want.Meta || res.Fields.Get("n").Int() != 2 {
					t.Errorf("it returned %+v (error: %v), want %+v", res, err, want.Meta)
				}
				waitUntil(t, "the late request has arrived", func() bool { return fault != faultproxy.LateRequest || n.Proxy.Delivered() > 0 })
				got, err := n.Near.Load(t.Context(), r.Created, driver.UserKey(k.ID, want.User))
				if err != nil || got.Data.Get("n").Int() != 2 || got.Authenticated.UnixMilli() != want.Authenticated.UnixMilli() || !maps.Equal(got.Attrs, want.Attrs) {
					t.Errorf("it is %+v (error: %v), want %+v", got, err, want)
				}
			})
		}
	}
}

// TestLostDeletions has every session's deletion lost on the way: the caller need not ask again.
func TestLostDeletions(t *testing.T) {
	n := network(t)
	k, now := create(t, n.Near, "ann", `{}`)
	create(t, n.Near, "ann", `{}`)
	lost := 0
	n.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if !deleteScript.names(request) || lost == 5 {
			return faultproxy.None
		}
		lost++
		return faultproxy.DropReply
	})
	if _, _, err := n.Far.(*Store).DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10); err != nil {
		t.Error(err)
	}
	if list, err := n.Near.(*Store).List(t.Context(), now, "ann", driver.ID{}, 10); len(list) != 0 || err != nil {
		t.Errorf("%d sessions are left (error: %v)", len(list), err)
	}
	if _, err := n.Near.Load(t.Context(), now, k); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("Load: error %v, want %v", err, driver.ErrNotFound)
	}
}

// TestLateBetween has the first try arrive after the client has asked for it in vain, and before the second.
func TestLateBetween(t *testing.T) {
	n := network(t)
	k, now := create(t, n.Near, "", `{"n":1}`)
	var first []byte
	n.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if !updateScript.names(request) {
			return faultproxy.None
		}
		if first == nil {
			first = bytes.Clone(request)
			return faultproxy.DropRequest
		}
		deliver(t, first)
		return faultproxy.None
	})
	res, err := n.Far.Update(t.Context(), now, k, inc("n"))
	if err != nil || res.Fields.Get("n").Int() != 2 {
		t.Errorf("it returned %v (error: %v)", res.Fields.Text(), err)
	}
	counts(t, n.Near, k, now, 2)
}

// deliver sends a request to the server and waits for the reply.
func deliver(t *testing.T, request []byte) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	if _, err := c.Write(request); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

// TestLostUnreplicated loses the reply to an update that no replica has received: to find that it was applied is not enough.
func TestLostUnreplicated(t *testing.T) {
	srv := newServer(t)
	p := storetest.Proxy(t, srv.Addr)
	o := Options{Prefix: freshPrefix(), Timeout: 500 * time.Millisecond}
	near := newStore(t, srv.Addr, o)
	loadScripts(t, near)
	o.Replicas = 1
	far := newStore(t, p.Addr(), o)
	k, now := create(t, near, "", `{"n":1}`)
	met := p.Once(faultproxy.DropReply, updateScript.sha)
	if _, err := far.Update(t.Context(), now, k, inc("n")); !met() || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("error %v, want %v", err, driver.ErrUnknownOutcome)
	}
	counts(t, near, k, now, 2)
}
