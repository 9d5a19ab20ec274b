package pgstore

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/drivertest/faults"
)

// lockedUpdate has an update read what it changes, and another one change that before it writes: so it works with the session locked.
// What its requests meet from then on fate says.
func lockedUpdate(t *testing.T, n faults.Network, k driver.Key, now time.Time, fate func(request []byte) faultproxy.Fault) error {
	t.Helper()
	sent := 0
	n.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if sent == 2 {
			return fate(request)
		}
		if n.Asks(request) == faults.UpdateRequest {
			sent++
		}
		if sent == 2 { // the first one leaves it to the client
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

// TestLockedCommitUnknown loses the reply to the commit, and every request after it: nobody may be told that nothing was changed.
func TestLockedCommitUnknown(t *testing.T) {
	n := network(t)
	n.Far.(*Store).timeout = time.Second
	k, now := create(t, n.Near, "", `{"l":[1]}`)
	committed := false
	err := lockedUpdate(t, n, k, now, func(request []byte) faultproxy.Fault {
		if committed {
			return faultproxy.DropRequest
		}
		if bytes.Contains(request, []byte("commit\x00")) {
			committed = true
			return faultproxy.DropReply
		}
		return faultproxy.None
	})
	if !committed || !errors.Is(err, driver.ErrUnknownOutcome) || errors.Is(err, driver.ErrUnavailable) {
		t.Errorf("committed %t, error %v, want %v", committed, err, driver.ErrUnknownOutcome)
	}
	holds(t, n.Near, k, now, `{"l":[3]}`)
}

// TestLockedRefusedThenLost has the server refuse the first transaction, and loses a request of the second: an update that is acknowledged has
// been made, all of it.
func TestLockedRefusedThenLost(t *testing.T) {
	n := network(t)
	schema := quoteIdentifier(n.Near.(*Store).schema)
	exec(t, n.Near.(*Store).pool, `CREATE SEQUENCE `+schema+`.turn;
		CREATE FUNCTION `+schema+`.refuse_second() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('`+schema+`.turn') = 2 THEN RAISE EXCEPTION SQLSTATE '40001'; END IF;
			RETURN new;
		END $$;
		CREATE TRIGGER refuse_second BEFORE UPDATE ON `+schema+`.field FOR EACH ROW EXECUTE FUNCTION `+schema+`.refuse_second()`)
	k, now := create(t, n.Near, "", `{"l":[1]}`)
	begun, lost := 0, false
	err := lockedUpdate(t, n, k, now, func(request []byte) faultproxy.Fault {
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
