package linearizable

import (
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

var (
	lost        = driver.ErrUnknownOutcome
	unavailable = driver.ErrUnavailable
	missed      = driver.ErrNotFound
)

type told = []handmade

// refusedWithResult has a result beside its error, which the contract says nothing of.
func refusedWithResult(s *setting) *recorded {
	r := counts(0, 1, 2, 1, nil)(s)
	fails(missed)(r.answer)
	return r
}

func TestByHand(t *testing.T) {
	for _, c := range []struct {
		what  string
		right bool
		harm  bool
		calls told
	}{
		{"one after the other", true, false, told{creates(0, 1, 2, nil), counts(0, 3, 4, 1, nil), loads(1, 5, 6, 1, nil)}},
		{"nothing is there", true, false, told{loads(0, 1, 2, 0, missed), deletes(0, 3, 4, missed), counts(0, 5, 6, 0, missed)}},
		{"a refusal with a result", true, false, told{refusedWithResult}},
		{"a record from nowhere", false, false, told{loads(0, 1, 2, 0, nil)}},
		{"both at once", true, false, told{creates(0, 1, 2, nil), counts(0, 3, 6, 2, nil), counts(1, 4, 5, 1, nil)}},
		{"a lost update", false, false, told{creates(0, 1, 2, nil), counts(0, 3, 6, 1, nil), counts(1, 4, 5, 1, nil)}},
		{"in the wrong order", false, false, told{creates(0, 1, 2, nil), counts(0, 3, 4, 2, nil), counts(1, 5, 6, 1, nil)}},
		{"a stale read", false, false, told{creates(0, 1, 2, nil), counts(0, 3, 4, 1, nil), loads(1, 5, 6, 0, nil)}},
		{"a read meanwhile", true, false, told{creates(0, 1, 2, nil), counts(0, 3, 9, 1, nil), loads(1, 4, 5, 0, nil), loads(1, 6, 7, 1, nil)}},
		{"reads that go back", false, false, told{creates(0, 1, 2, nil), counts(0, 3, 9, 1, nil), loads(1, 4, 5, 1, nil), loads(2, 6, 7, 0, nil)}},
		{"two winners", false, false, told{creates(0, 1, 2, nil), takes(0, 3, 6, number(0)), takes(1, 4, 5, number(0))}},
		{"one winner", true, false, told{creates(0, 1, 2, nil), takes(0, 3, 6, driver.Value{}), takes(1, 4, 5, number(0))}},
		{"back from the dead", false, false, told{creates(0, 1, 2, nil), deletes(0, 3, 4, nil), loads(1, 5, 6, 0, nil)}},
		{"created twice", false, false, told{creates(0, 1, 4, nil), creates(1, 2, 3, nil)}},
		{"created once", true, false, told{creates(0, 1, 4, driver.ErrExists), creates(1, 2, 3, nil)}},
		{"created again", true, false, told{creates(0, 1, 2, nil), deletes(0, 3, 4, nil), creates(0, 5, 6, nil)}},

		{"unknown, and done later", true, true, told{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 1, nil)}},
		{"unknown, and never done", true, true, told{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 0, nil)}},
		{"unknown, and undone", false, true, told{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 1, nil), loads(1, 7, 8, 0, nil)}},
		{"unknown, and done twice", false, true, told{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 2, nil)}},
		{"unknown, and done before", false, true, told{creates(0, 1, 2, nil), loads(1, 3, 4, 1, nil), counts(0, 5, 6, 0, lost)}},
		{"cut short, and done later", true, true, told{creates(0, 1, 2, nil), cutShort(0, 3), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 1, nil)}},
		{"cut short, and undone", false, true, told{creates(0, 1, 2, nil), cutShort(0, 3), loads(1, 5, 6, 1, nil), loads(1, 7, 8, 0, nil)}},
		{"an end that comes late", true, true, told{creates(0, 1, 2, nil), deletes(0, 3, 4, lost), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 0, missed)}},
		{"an end that is undone", false, true, told{creates(0, 1, 2, nil), deletes(0, 3, 4, lost), loads(1, 5, 6, 0, missed), loads(1, 7, 8, 0, nil)}},
		{"created late", true, true, told{creates(0, 1, 2, lost), loads(1, 3, 4, 0, missed), loads(1, 5, 6, 0, nil)}},
		{"unknown what all are", true, true, told{creates(0, 1, 2, nil), endsAll(3, 4, 0, lost), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 0, missed)}},
		{"refused, and done", false, true, told{creates(0, 1, 2, nil), counts(0, 3, 4, 0, unavailable), loads(1, 5, 6, 1, nil)}},
		{"refused", true, true, told{creates(0, 1, 2, nil), counts(0, 3, 4, 0, unavailable), loads(1, 5, 6, 0, nil)}},
		{"unknown, and yet known", false, true, told{counts(0, 1, 2, 0, errors.Join(lost, unavailable))}},
		{"a read of unknown outcome", false, true, told{loads(0, 1, 2, 0, lost)}},
		{"damaged", false, true, told{creates(0, 1, 2, nil), loads(0, 3, 4, 0, driver.ErrCorrupt)}},

		{"gone already", false, false, told{deletes(0, 1, 2, nil)}},
		{"gone already, or by a try whose reply was lost", true, true, told{deletes(0, 1, 2, nil)}},
		{"ended, and not found", false, true, told{creates(0, 1, 2, nil), deletes(0, 3, 4, missed), loads(1, 5, 6, 0, missed)}},
		{"a sign-out by an old secret", true, false, told{creates(0, 1, 2, nil), renews(0, 3, 4, 1, nil), deletes(1, 5, 6, driver.ErrRenewed)}},
		{"a sign-out that is not told", false, false, told{creates(0, 1, 2, nil), renews(0, 3, 4, 1, nil), deletes(1, 5, 6, missed)}},
		{"two secrets", false, false, told{creates(0, 1, 2, nil), renews(0, 3, 6, 1, nil), renews(1, 4, 5, 2, nil)}},
		{"a renewal that comes second", true, false, told{creates(0, 1, 2, nil), renews(0, 3, 4, 1, nil), renews(1, 5, 6, 2, driver.ErrRenewed)}},
		{"an old secret", true, false, told{creates(0, 1, 2, nil), renews(0, 3, 4, 1, nil), loads(1, 5, 6, 0, driver.ErrRenewed)}},
		{"an old secret as any other", false, false, told{creates(0, 1, 2, nil), renews(0, 3, 4, 1, nil), loads(1, 5, 6, 0, missed)}},

		{"swept", true, false, told{creates(0, 1, 2, nil), sweeps(0, 3, 4, 1), loads(1, 5, 6, 0, missed)}},
		{"swept before it is used", false, false, told{creates(0, 1, 2, nil), loads(1, 3, 4, 0, missed), sweeps(0, 5, 6, 1)}},
		{"passed over for nothing", false, false, told{creates(0, 1, 2, nil), sweeps(0, 3, 4, 1), loads(1, 5, 6, 0, nil)}},
		{"passed over for want of room", true, false, told{creates(0, 1, 2, nil), sweeps(0, 3, 4, 3), loads(1, 5, 6, 0, nil)}},
		{"passed over in use", true, false, told{creates(0, 1, 2, nil), sweeps(0, 3, 6, 1), loads(1, 4, 5, 0, nil), loads(1, 7, 8, 0, nil)}},
		{"listed", true, false, told{creates(0, 1, 2, nil), lists(0, 3, 4, 0)}},
		{"not listed", false, false, told{creates(0, 1, 2, nil), lists(0, 3, 4, -1)}},
		{"listed at last", false, false, told{creates(0, 1, 2, nil), deletes(0, 3, 4, nil), lists(0, 5, 6, 0)}},
		{"all ended", true, false, told{creates(0, 1, 2, nil), endsAll(3, 4, 1, nil), loads(1, 5, 6, 0, missed)}},
		{"all ended but one", false, false, told{creates(0, 1, 2, nil), endsAll(3, 4, 1, nil), loads(1, 5, 6, 0, nil)}},
		{"more ended than there were", false, false, told{endsAll(1, 2, 1, nil)}},
		{"more ended than is told", false, false, told{creates(0, 1, 2, nil), endsAll(3, 4, 0, nil)}},
		{"more ended than is told, in vain", true, true, told{creates(0, 1, 2, nil), endsAll(3, 4, 0, nil)}},
		{"either has ended it", true, false, told{creates(0, 1, 2, nil), endsAll(3, 6, 0, nil), deletes(1, 4, 5, nil)}},
		{"both have ended it", false, false, told{creates(0, 1, 2, nil), endsAll(3, 6, 1, nil), deletes(1, 4, 5, nil)}},
		{"ended, and refused", false, true, told{endsAll(1, 2, 1, unavailable)}},
	} {
		v := handmadeHistory(c.harm, c.calls...).judge()
		if right := v == nil; right != c.right {
			t.Errorf("%s: right: %t, want %t", c.what, right, c.right)
		}
		if v != nil && v.what != illegal {
			t.Errorf("%s: %s", c.what, v.what)
		}
	}
}
