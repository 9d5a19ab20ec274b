package atomicsession

import (
	"context"
	"iter"

	"github.com/atomicsession/atomicsession/driver"
)

// everyonePage is how many sessions of everybody are read in one call.
const everyonePage = 500

// Sessions returns all live sessions, of all users and of nobody, in the order of their IDs. The loop may end at any time.
// Sessions are read 500 in a round trip, as the loop comes to them, each within [Options].StoreTimeout; so the loop may take
// long, and holds up nobody. A session that lives all the while is met once; one that begins or ends meanwhile, perhaps. It is
// for jobs, not for requests. After an error the loop ends. Stores that have no index of all sessions, such as Redis, give one
// error, which matches [errors.ErrUnsupported].
func (m *Manager) Sessions(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		var after ID
		for {
			var page []driver.Record
			err := m.find(ctx, "list", func(ctx context.Context, finder driver.Finder) (err error) {
				page, err = finder.List(ctx, m.now(), "", after, everyonePage)
				return err
			})
			if err != nil {
				yield(Info{}, err)
				return
			}
			for _, r := range page {
				after = r.ID
				if !yield(newInfo(r), nil) {
					return
				}
			}
			if len(page) < everyonePage {
				return
			}
		}
	}
}
