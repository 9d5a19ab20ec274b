package atomicsession

import (
	"context"
	"iter"
)

// everyonePage is how many sessions of everybody are read in one call.
const everyonePage = 500

// Sessions returns all live sessions, of all users and of nobody, in the order of their IDs. The loop may end at any time. It reads 500
// sessions in a round trip, as the loop comes to them, each within [Options].StoreTimeout. So the loop may take long, and holds up
// nobody. The loop gets each session that lives during the whole loop exactly once. It may or may not get one that begins or ends
// meanwhile. It is for jobs,
// not for requests. After an error the loop ends. If the store has no index of all sessions, such as Redis, there is one error, which
// matches [errors.ErrUnsupported].
func (m *Manager) Sessions(ctx context.Context) iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for r, err := range records(everyonePage, m.lister(ctx, "list", "")) {
			if err != nil {
				yield(Info{}, err)
				return
			}
			if r.Attrs[attrClaim] != "" {
				continue
			}
			if !yield(newInfo(r), nil) {
				return
			}
		}
	}
}
