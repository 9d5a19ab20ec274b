package pgstore

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestDeleteOvertaken has a renewal give the session the very verifier that a Delete has looked for in vain: it ends all the same.
func TestDeleteOvertaken(t *testing.T) {
	p, schema := storetest.Proxy(t, address(serverURL)), freshSchema(t)
	near := migrated(t, connect(t), schema)
	far := over(t, dial(t, with(t, serverURL, "host", p.Addr())), &Options{Schema: schema, Timeout: 20 * time.Second})
	k, now := create(t, near, "", `{"n":1}`)
	later := driver.Key{ID: k.ID, Verifier: storetest.NewKey().Verifier}
	if err := far.Delete(t.Context(), now, later); !errors.Is(err, driver.ErrRenewed) { // the statements are prepared then
		t.Fatalf("error %v, want %v", err, driver.ErrRenewed)
	}
	messages := 0
	p.Plan(func([]byte) faultproxy.Fault {
		if messages++; messages == 2 { // after the answer to the statement that deletes
			if _, err := near.Update(t.Context(), now, k, &driver.Update{Renew: &later.Verifier}); err != nil {
				t.Error(err)
			}
		}
		return faultproxy.None
	})
	if err := far.Delete(t.Context(), now, later); err != nil || messages < 2 {
		t.Errorf("%d messages, error %v", messages, err)
	}
	p.Plan(nil)
	if _, err := near.Load(t.Context(), now, later); !errors.Is(err, driver.ErrNotFound) {
		t.Errorf("afterwards: error %v, want %v", err, driver.ErrNotFound)
	}
}
