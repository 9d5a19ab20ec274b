package pgstore

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// lockedUpdate has an update read what it changes, and another one change that before it writes: so it works with the session locked.
// What its requests meet from then on fate says.
func lockedUpdate(t *testing.T, w way, n faults.Link, k driver.Key, now time.Time, fate func(request []byte) faultproxy.Fault) error {
	t.Helper()
	sent := 0
	n.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if sent == 3 {
			return fate(request)
		}
		if bytes.Contains(request, []byte(w.sent(k.ID))) {
			sent++
		}
		if sent == 3 { // the first leaves it to the client, which reads what it needs, and now writes
			if _, err := n.Near.Update(t.Context(), now, k, inc("l.0")); err != nil {
				t.Error(err)
			}
		}
		return faultproxy.None
	})
	_, err := n.Far.Update(t.Context(), now, k, inc("l.0"))
	n.Proxy.Plan(nil)
	return err
}

func holds(t *testing.T, s driver.Store, k driver.Key, now time.Time, want string) {
	t.Helper()
	r, err := s.Load(t.Context(), now, k)
	if err != nil || r.Data.Text() != want {
		t.Errorf("it holds %v (error: %v), want %s", r.Data.Text(), err, want)
	}
}

// TestLockedCommitLost loses the reply to the commit: the update is made once. And if nobody is reached from then on, nobody is told that nothing
// was changed.
func TestLockedCommitLost(t *testing.T) {
	everyWay(t, func(t *testing.T, w way) {
		for _, cut := range []bool{false, true} { // the connection once, and all from then on
			n := w.reached(t).Link(t)
			k, now := create(t, n.Near, "", `{"l":[1]}`)
			if cut {
				n.Far.(*Store).timeout = time.Second
			}
			committed := false
			err := lockedUpdate(t, w, n, k, now, func(request []byte) faultproxy.Fault {
				switch {
				case committed && cut:
					return faultproxy.DropRequest
				case !committed && bytes.Contains(request, []byte("commit\x00")):
					committed = true
					return faultproxy.DropReply
				}
				return faultproxy.None
			})
			if !committed || cut != errors.Is(err, driver.ErrUnknownOutcome) || !cut && err != nil {
				t.Errorf("cut %t: committed: %t, error %v", cut, committed, err)
			}
			holds(t, n.Near, k, now, `{"l":[3]}`)
		}
	})
}

// TestLockedRefusedThenLost has the server refuse the first transaction, and loses a request of the second: an update that is acknowledged has
// been made, all of it.
func TestLockedRefusedThenLost(t *testing.T) {
	n := network(t)
	schema := quoteIdentifier(n.Near.(*Store).schema)
	exec(t, n.Near.(*Store).server.(pool).Pool, `CREATE SEQUENCE `+schema+`.turn;
		CREATE FUNCTION `+schema+`.refuse_second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('`+schema+`.turn') = 2 THEN RAISE EXCEPTION SQLSTATE '40001'; END IF;
			RETURN new;
		END $$;
		CREATE TRIGGER refuse_second BEFORE UPDATE ON `+schema+`.field FOR EACH ROW EXECUTE FUNCTION `+schema+`.refuse_second()`)
	k, now := create(t, n.Near, "", `{"l":[1]}`)
	begun, lost := 0, false
	err := lockedUpdate(t, byPool, n, k, now, func(request []byte) faultproxy.Fault {
		switch {
		case bytes.Contains(request, []byte("begin")):
			begun++
		case begun == 2 && !lost:
			lost = true
			return faultproxy.DropRequest
		}
		return faultproxy.None
	})
	if !lost || err != nil {
		t.Errorf("lost %t, error %v", lost, err)
	}
	holds(t, n.Near, k, now, `{"l":[3]}`)
}

// TestSimpleProtocolLost loses replies to statements that are sent by the simple protocol, of which pgx 5.12 says that they may be sent again.
func TestSimpleProtocolLost(t *testing.T) {
	p, schema := storetest.Proxy(t, address(serverURL)), freshSchema(t)
	near := migrated(t, connect(t), schema)
	pool := dial(t, with(t, serverURL, "host", p.Addr()), mode(pgx.QueryExecModeSimpleProtocol))
	far := over(t, pool, &Options{Schema: schema, Timeout: 20 * time.Second})
	k, r := storetest.NewRecord(t, "", `{"n":1}`)
	met := p.Once(faultproxy.DropReply, "INSERT INTO")
	if err := far.Create(t.Context(), k.Verifier, r); err != nil || !met() {
		t.Errorf("Create: met %t, error %v", met(), err)
	}
	met = p.Once(faultproxy.DropReply, "quick_v6")
	if _, err := far.Update(t.Context(), r.Created, k, inc("n")); err != nil || !met() {
		t.Errorf("Update: met %t, error %v", met(), err)
	}
	counts(t, near, k, r.Created, 2)
	met = p.Once(faultproxy.DropReply, "DELETE FROM")
	if err := far.Delete(t.Context(), r.Created, k); err != nil || !met() {
		t.Errorf("Delete: met %t, error %v", met(), err)
	}
}
