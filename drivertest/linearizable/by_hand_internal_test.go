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

func TestByHand(t *testing.T) {
	for _, c := range []struct {
		what  string
		right bool
		harm  bool
		ops   []handmade
	}{
		{"one after the other", true, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 1, nil), loads(1, 5, 6, 1, nil)}},
		{"nothing is there", true, false, []handmade{loads(0, 1, 2, 0, missed), deletes(0, 3, 4, missed), counts(0, 5, 6, 0, missed)}},
		{"a record from nowhere", false, false, []handmade{loads(0, 1, 2, 0, nil)}},
		{"both at once", true, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 6, 2, nil), counts(1, 4, 5, 1, nil)}},
		{"a lost update", false, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 6, 1, nil), counts(1, 4, 5, 1, nil)}},
		{"in the wrong order", false, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 2, nil), counts(1, 5, 6, 1, nil)}},
		{"a stale read", false, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 1, nil), loads(1, 5, 6, 0, nil)}},
		{"a read meanwhile", true, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 9, 1, nil), loads(1, 4, 5, 0, nil), loads(1, 6, 7, 1, nil)}},
		{"reads that go back", false, false, []handmade{creates(0, 1, 2, nil), counts(0, 3, 9, 1, nil), loads(1, 4, 5, 1, nil), loads(2, 6, 7, 0, nil)}},
		{"two winners", false, false, []handmade{creates(0, 1, 2, nil), takes(0, 3, 6, number(0)), takes(1, 4, 5, number(0))}},
		{"one winner", true, false, []handmade{creates(0, 1, 2, nil), takes(0, 3, 6, driver.Value{}), takes(1, 4, 5, number(0))}},
		{"back from the dead", false, false, []handmade{creates(0, 1, 2, nil), deletes(0, 3, 4, nil), loads(1, 5, 6, 0, nil)}},
		{"created twice", false, false, []handmade{creates(0, 1, 4, nil), creates(1, 2, 3, nil)}},
		{"created once", true, false, []handmade{creates(0, 1, 4, driver.ErrExists), creates(1, 2, 3, nil)}},
		{"created again", true, false, []handmade{creates(0, 1, 2, nil), deletes(0, 3, 4, nil), creates(0, 5, 6, nil)}},

		{"unknown, and done later", true, true, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 1, nil)}},
		{"unknown, and never done", true, true, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 0, nil)}},
		{"unknown, and undone", false, true, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 1, nil), loads(1, 7, 8, 0, nil)}},
		{"unknown, and done twice", false, true, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 0, lost), loads(1, 5, 6, 2, nil)}},
		{"unknown, and done before", false, true, []handmade{creates(0, 1, 2, nil), loads(1, 3, 4, 1, nil), counts(0, 5, 6, 0, lost)}},
		{"cut short, and done later", true, true, []handmade{creates(0, 1, 2, nil), cutShort(counts(0, 3, 0, 0, nil)), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 1, nil)}},
		{"cut short, and undone", false, true, []handmade{creates(0, 1, 2, nil), cutShort(counts(0, 3, 0, 0, nil)), loads(1, 5, 6, 1, nil), loads(1, 7, 8, 0, nil)}},
		{"an end that comes late", true, true, []handmade{creates(0, 1, 2, nil), deletes(0, 3, 4, lost), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 0, missed)}},
		{"an end that is undone", false, true, []handmade{creates(0, 1, 2, nil), deletes(0, 3, 4, lost), loads(1, 5, 6, 0, missed), loads(1, 7, 8, 0, nil)}},
		{"created late", true, true, []handmade{creates(0, 1, 2, lost), loads(1, 3, 4, 0, missed), loads(1, 5, 6, 0, nil)}},
		{"unknown what all are", true, true, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 4, 0, lost), loads(1, 5, 6, 0, nil), loads(1, 7, 8, 0, missed)}},
		{"refused, and done", false, true, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 0, unavailable), loads(1, 5, 6, 1, nil)}},
		{"refused", true, true, []handmade{creates(0, 1, 2, nil), counts(0, 3, 4, 0, unavailable), loads(1, 5, 6, 0, nil)}},
		{"unknown, and yet known", false, true, []handmade{counts(0, 1, 2, 0, errors.Join(lost, unavailable))}},
		{"a read of unknown outcome", false, true, []handmade{loads(0, 1, 2, 0, lost)}},
		{"damaged", false, true, []handmade{creates(0, 1, 2, nil), loads(0, 3, 4, 0, driver.ErrCorrupt)}},

		{"gone already", false, false, []handmade{deletes(0, 1, 2, nil)}},
		{"gone already, or by a try whose reply was lost", true, true, []handmade{deletes(0, 1, 2, nil)}},
		{"ended, and not found", false, true, []handmade{creates(0, 1, 2, nil), deletes(0, 3, 4, missed), loads(1, 5, 6, 0, missed)}},
		{"a sign-out by an old secret", true, false, []handmade{creates(0, 1, 2, nil), renews(0, 3, 4, 0, 1, nil), deletes(1, 5, 6, driver.ErrRenewed)}},
		{"a sign-out that is not told", false, false, []handmade{creates(0, 1, 2, nil), renews(0, 3, 4, 0, 1, nil), deletes(1, 5, 6, missed)}},
		{"two secrets", false, false, []handmade{creates(0, 1, 2, nil), renews(0, 3, 6, 0, 1, nil), renews(1, 4, 5, 0, 2, nil)}},
		{"an old secret", true, false, []handmade{creates(0, 1, 2, nil), renews(0, 3, 4, 0, 1, nil), loads(1, 5, 6, 0, driver.ErrRenewed)}},
		{"an old secret as any other", false, false, []handmade{creates(0, 1, 2, nil), renews(0, 3, 4, 0, 1, nil), loads(1, 5, 6, 0, missed)}},

		{"swept", true, false, []handmade{creates(0, 1, 2, nil), sweeps(0, 3, 4, 1), loads(1, 5, 6, 0, missed)}},
		{"swept before it is used", false, false, []handmade{creates(0, 1, 2, nil), loads(1, 3, 4, 0, missed), sweeps(0, 5, 6, 1)}},
		{"passed over for nothing", false, false, []handmade{creates(0, 1, 2, nil), sweeps(0, 3, 4, 1), loads(1, 5, 6, 0, nil)}},
		{"passed over for want of room", true, false, []handmade{creates(0, 1, 2, nil), sweeps(0, 3, 4, 3), loads(1, 5, 6, 0, nil)}},
		{"passed over in use", true, false, []handmade{creates(0, 1, 2, nil), sweeps(0, 3, 6, 1), loads(1, 4, 5, 0, nil), loads(1, 7, 8, 0, nil)}},
		{"listed", true, false, []handmade{creates(0, 1, 2, nil), lists(0, 3, 4, 0)}},
		{"not listed", false, false, []handmade{creates(0, 1, 2, nil), lists(0, 3, 4, -1)}},
		{"listed at last", false, false, []handmade{creates(0, 1, 2, nil), deletes(0, 3, 4, nil), lists(0, 5, 6, 0)}},
		{"all ended", true, false, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 4, 1, nil), loads(1, 5, 6, 0, missed)}},
		{"all ended but one", false, false, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 4, 1, nil), loads(1, 5, 6, 0, nil)}},
		{"more ended than there were", false, false, []handmade{endsAll(0, 1, 2, 1, nil)}},
		{"more ended than is told", false, false, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 4, 0, nil)}},
		{"more ended than is told, in vain", true, true, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 4, 0, nil)}},
		{"either has ended it", true, false, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 6, 0, nil), deletes(1, 4, 5, nil)}},
		{"both have ended it", false, false, []handmade{creates(0, 1, 2, nil), endsAll(0, 3, 6, 1, nil), deletes(1, 4, 5, nil)}},
		{"ended, and refused", false, true, []handmade{endsAll(0, 1, 2, 1, unavailable)}},
	} {
		v := handmadeHistory(c.harm, c.ops...).judge()
		if right := v == nil; right != c.right {
			t.Errorf("%s: right: %t, want %t", c.what, right, c.right)
		}
		if v != nil && v.what != illegal {
			t.Errorf("%s: %s", c.what, v.what)
		}
	}
}
