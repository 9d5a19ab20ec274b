package memstore_test

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/memstore"
)

// TestRenewedMillisecond asks at the end of RenewalWindow, in the millisecond in which the renewal was: here as everywhere a time has no more
// than milliseconds.
func TestRenewedMillisecond(t *testing.T) {
	s := memstore.New(nil)
	k, now := storetest.Create(t, s, "ann", `{}`)
	renewed := now.Truncate(time.Millisecond).Add(time.Millisecond - 1)
	if _, err := s.Update(t.Context(), renewed, k, &driver.Update{Renew: new(driver.Verifier)}); err != nil {
		t.Fatal(err)
	}
	end := renewed.Add(driver.RenewalWindow)
	for at, want := range map[time.Time]error{
		end.Add(-time.Millisecond): driver.ErrRenewed, end.Truncate(time.Millisecond): driver.ErrReplayed, end: driver.ErrReplayed,
	} {
		if _, err := s.Load(t.Context(), at, k); !errors.Is(err, want) {
			t.Errorf("%v after the renewal: error %v, want %v", at.Sub(renewed), err, want)
		}
	}
}
