package redisstore

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestRepeatedUnreplicated loses an update on its way, and the reply to its second try, which the replica does not receive: that the third
// finds it is not enough. What that one waits for is a write of its own: servers from version 7.2 on wait for nothing without one.
func TestRepeatedUnreplicated(t *testing.T) {
	srv := newServer(t, quickly...)
	replica := testserver.NewReplica(t, srv, quickly...)
	p := storetest.Proxy(t, srv.Addr)
	o := Options{Prefix: freshPrefix(), Timeout: 3 * time.Second}
	near := newStore(t, srv.Addr, o)
	loadScripts(t, near)
	o.Replicas = 1
	far := newStore(t, p.Addr(), o)
	k, now := create(t, near, "", `{"n":1}`)
	if _, err := far.Update(t.Context(), now, k, inc("n")); err != nil {
		t.Fatal(err)
	}
	admin := newClient(t, srv.Addr)
	changes := func() string { return info(t, admin, "persistence")["rdb_changes_since_last_save"] }
	sent, before := 0, ""
	p.Plan(func(request []byte) faultproxy.Fault {
		if !updateScript.names(request) {
			return faultproxy.None
		}
		sent++
		switch sent {
		case 1:
			return faultproxy.DropRequest
		case 2:
			return faultproxy.DropReply
		case 3:
			before = changes()
		}
		return faultproxy.None
	})
	must(t, replica.Pause())
	_, err := far.Update(t.Context(), now, k, inc("n"))
	must(t, replica.Resume())
	if sent < 3 || !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("sent %d times, error %v, want %v", sent, err, driver.ErrUnknownOutcome)
	}
	if changes() == before {
		t.Error("the third try has written nothing")
	}
	counts(t, near, k, now, 3)
}
