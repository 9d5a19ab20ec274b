package drivertest

import (
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

// listed expects the user's list to hold just these sessions, through both clients, if the store keeps one.
func (e *env) listed(user string, want ...*session) {
	e.Helper()
	slices.SortFunc(want, func(a, b *session) int { return a.key.ID.Compare(b.key.ID) })
	for _, client := range e.clients {
		index, ok := client.(driver.UserIndex)
		if !ok {
			continue
		}
		got, err := index.ListUser(e.ctx, e.now, user, driver.ID{}, len(want)+10)
		e.ok(err)
		if len(got) != len(want) {
			e.Errorf("%q has %d sessions, want %d", user, len(got), len(want))
			continue
		}
		for i, s := range want {
			if diff := diffMeta(got[i], s.want.Meta); diff != "" {
				e.Errorf("session %d of %q:%s", i, user, diff)
			}
		}
	}
}
