package linearizable

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/atomicsession/atomicsession/driver"
)

// call is one call of a client, as it tells of it.
type call struct {
	History    int    `json:"h"`
	Client     int    `json:"c"`
	Begin, End int64  // moments
	Answer     answer `json:"a"`
}

// history is what was recorded in one.
type history struct {
	*setting
	operations []*recorded
}

// recorded is an operation with what came of it.
type recorded struct {
	*operation
	answer *answer // nil if the client came to its end before
	client int
	begin  int64
	end    int64 // with an unknown outcome or without an answer it is after all others
	number int
}

func (r *recorded) open() bool { return r.answer == nil || r.answer.unknown() }

// newHistory puts together what clients have told: calls[c] are those of client c, in their order. Those that cut short report for
// had a call under way, or were about to make it, when their process ended.
func newHistory(s *setting, calls [][]call, cut func(client int) bool) *history {
	h := &history{setting: s}
	last := int64(0)
	for client, told := range calls {
		m := s.newMind(client)
		since := int64(0)
		for i := range told {
			c := &told[i]
			o, ok := m.next()
			if !ok {
				panic("linearizable: a client has made more calls than it has planned")
			}
			h.operations = append(h.operations, &recorded{operation: o, answer: &c.Answer, client: client, begin: c.Begin, end: c.End})
			last = max(last, c.End)
			since = c.End
			m.learn(o, &c.Answer)
		}
		if o, ok := m.next(); ok && cut(client) {
			h.operations = append(h.operations, &recorded{operation: o, client: client, begin: since + 1})
		}
	}
	for _, r := range h.operations {
		if r.open() {
			r.end = last + 2
		}
	}
	slices.SortStableFunc(h.operations, func(a, b *recorded) int { return cmp.Compare(a.begin, b.begin) })
	for i, r := range h.operations {
		r.number = i + 1
	}
	return h
}

// complaint says what is wrong with an answer whatever the store holds, if anything is.
func (h *history) complaint(r *recorded) string {
	a := r.answer
	switch {
	case a == nil:
		return ""
	case a.unknown() && a.Class&^(unknownBit|contextBit) != 0:
		return fmt.Sprintf("the outcome is unknown, and yet it is known: %s", a.Class)
	case a.unknown() && !r.kind.changes():
		return "the outcome of what changes nothing is unknown"
	case r.kind.aboutAll() && a.Class != 0 && !a.unknown() && !a.refused():
		return "an error that no such call has: " + a.Text
	case r.kind == list && a.Class == 0:
		return h.complaintOfList(r)
	case r.kind == deleteMany && a.Class != 0 && !a.unknown() && (a.N != 0 || !a.Next.IsZero()):
		return fmt.Sprintf("nothing was changed, and yet n is %d and next %v", a.N, a.Next)
	case r.kind == deleteMany && (a.N < 0 || a.N > r.limit || !a.Next.IsZero() && a.Next.Compare(r.after) <= 0):
		return fmt.Sprintf("n is %d and next %v, with a limit of %d after %v", a.N, a.Next, r.limit, r.after)
	case r.kind == sweep && (a.N < 0 || a.N > r.limit):
		return fmt.Sprintf("%d are swept, at most %d were to be", a.N, r.limit)
	}
	return ""
}

func (h *history) complaintOfList(r *recorded) string {
	if len(r.answer.Listed) > r.limit {
		return fmt.Sprintf("%d are listed, at most %d were to be", len(r.answer.Listed), r.limit)
	}
	last := r.after
	for _, rec := range r.answer.Listed {
		if rec.ID.Compare(last) <= 0 {
			return "the list is not in the order of IDs, or begins too early"
		}
		last = rec.ID
		if h.indexOf(rec.ID) < 0 && (r.user != "" || h.owns(rec.ID)) {
			return "a session is listed that nobody has created: " + rec.ID.String()
		}
	}
	return ""
}

// indexOf returns which session has the ID, -1 if none has.
func (h *history) indexOf(id driver.ID) int {
	for i := range sessionsOfHistory {
		if h.id(i) == id {
			return i
		}
	}
	return -1
}

// owns reports whether an ID is one of those that only this history would use.
func (h *history) owns(id driver.ID) bool {
	before := h.before()
	return [9]byte(id[:9]) == [9]byte(before[:9])
}

// of returns what the history is to one session.
func (h *history) of(session int) []*event {
	var events []*event
	id := h.id(session)
	for _, r := range h.operations {
		e := &event{operation: r.operation, answer: r.answer, client: r.client, number: r.number, begin: r.begin, end: r.end, lossy: h.Harm}
		a := r.answer
		switch {
		case r.kind.aboutAll():
			o := *r.operation
			o.session, o.id = session, id
			e.operation = &o
		case r.session != session:
			continue
		}
		if a != nil && a.refused() {
			continue // if it did change something, others see it
		}
		if r.open() {
			if !r.kind.changes() {
				continue
			}
			e.answer = nil
		}
		switch r.kind {
		case list:
			last := len(a.Listed) - 1
			if id.Compare(r.after) <= 0 || len(a.Listed) == r.limit && a.Listed[last].ID.Compare(id) < 0 {
				continue // it says nothing of this one
			}
			if i := slices.IndexFunc(a.Listed, func(rec driver.Record) bool { return rec.ID == id }); i >= 0 {
				e.listed = &a.Listed[i]
			}
		case deleteMany:
			if id.Compare(r.after) <= 0 || e.answer != nil && !a.Next.IsZero() && a.Next.Compare(id) < 0 {
				continue // not its business
			}
		case sweep:
			e.thorough = e.answer != nil && a.N < r.limit && !h.inUse(r, session)
		}
		events = append(events, e)
		if e.lossy && e.answer != nil && (r.kind == sweep || r.kind == deletion && r.byUser) {
			// A copy of it may arrive late. It ends what has expired by then, or has come back to the user.
			late := *e
			late.answer, late.thorough, late.end = nil, false, math.MaxInt64
			events = append(events, &late)
		}
	}
	return events
}

// inUse reports whether another call than r, which may be one without an answer, used the session at the time.
func (h *history) inUse(r *recorded, session int) bool {
	return slices.ContainsFunc(h.operations, func(other *recorded) bool {
		end := other.end
		if other.answer != nil && other.answer.refused() {
			end = r.end // nobody knows how long the store has been at it
		}
		return other != r && (other.session == session || other.kind.aboutAll()) && other.begin < r.end && end > r.begin
	})
}
