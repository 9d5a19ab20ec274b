package linearizable

import (
	"cmp"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"
)

// shrink returns the smallest history that shows what is wrong with one that is not linearizable. It keeps what may have changed
// anything: without that, another history would be wrong.
func shrink(events []*event) part {
	events = shortest(events)
	for i, e := range slices.Backward(events) {
		if !e.withoutEffect() {
			continue
		}
		if rest := slices.Delete(slices.Clone(events), i, i+1); wrong(nothing, rest) {
			events = rest
		}
	}
	p := fold(events)
	p.accuse()
	return p
}

// accuse finds the events without whose answers, one at a time, there is an order.
func (p *part) accuse() {
	for i, e := range p.events {
		if e.answer == nil {
			continue
		}
		rest := slices.Clone(p.events)
		if open := *e; e.kind.changes() {
			open.answer, open.thorough = nil, false
			rest[i] = &open
		} else {
			rest = slices.Delete(rest, i, i+1)
		}
		if !wrong(p.before, rest) {
			p.accused = append(p.accused, e)
		}
	}
}

func wrong(before *state, events []*event) bool {
	return linearizable(before, events, judgePatience) == porcupine.Illegal
}

// shortest returns the history up to the first return after which it is wrong. What was under way then may have taken effect or not.
func shortest(events []*event) []*event {
	ends := make([]int64, len(events))
	for i, e := range events {
		ends[i] = e.end
	}
	slices.Sort(ends)
	i, _ := slices.BinarySearchFunc(ends, true, func(end int64, _ bool) int {
		if wrong(nothing, until(events, end)) {
			return 0
		}
		return -1
	})
	if i == len(ends) {
		return events
	}
	return until(events, ends[i])
}

// until returns the history as it was at the end.
func until(events []*event, end int64) (before []*event) {
	for _, e := range events {
		switch {
		case e.begin > end || e.end > end && !e.kind.changes():
			continue
		case e.end > end:
			open := *e
			open.answer, open.thorough, open.end = nil, false, math.MaxInt64
			e = &open
		}
		before = append(before, e)
	}
	slices.SortFunc(before, func(a, b *event) int { return cmp.Compare(a.begin, b.begin) })
	return before
}

// withoutEffect reports whether the answer says that nothing was changed.
func (e *event) withoutEffect() bool {
	return !e.kind.changes() || e.answer != nil && !e.kind.aboutAll() && e.answer.Class != 0
}

// foldMost is how many events are tried in every order.
const foldMost = 8

// fold puts into one state what the events have made of the session up to where nothing was under way for the last time.
func fold(events []*event) part {
	p := part{before: nothing, events: events}
	for n := 1; n < len(p.events) && n <= foldMost; n++ {
		if !slices.ContainsFunc(p.events[:n], func(e *event) bool { return e.end >= p.events[n].begin }) {
			after := &state{}
			p.before.orders(p.events[:n], after)
			p.earlier, p.before, p.events, n = append(p.earlier, p.events[:n]...), after, p.events[n:], 0
		}
	}
	return p
}

// orders adds to after what may be known when the events have had their answers, in any order that their moments allow.
func (st *state) orders(events []*event, after *state) {
	if len(events) == 0 {
		after.gone = after.gone || st.gone
		for _, s := range st.there {
			after.add(s)
		}
		return
	}
	for i, e := range events {
		if slices.ContainsFunc(events, func(other *event) bool { return other.end < e.begin }) {
			continue
		}
		if next := st.step(e); next != nil {
			next.orders(slices.Delete(slices.Clone(events), i, i+1), after)
		}
	}
}
