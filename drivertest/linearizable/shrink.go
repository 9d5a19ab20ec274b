package linearizable

import (
	"cmp"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"
)

// shrink returns the smallest history that shows what is wrong with one that is not linearizable. It keeps what may have changed
// anything: without that, another history would be wrong.
func shrink(events []*event) []*event {
	events = shortest(events)
	for i := len(events) - 1; i >= 0; i-- {
		if !events[i].withoutEffect() {
			continue
		}
		if rest := slices.Delete(slices.Clone(events), i, i+1); wrong(rest) {
			events = rest
		}
	}
	return events
}

func wrong(events []*event) bool { return linearizable(events, judgePatience) == porcupine.Illegal }

// shortest returns the history up to the first return after which it is wrong. What was under way then may have taken effect or not.
func shortest(events []*event) []*event {
	ends := make([]int64, len(events))
	for i, e := range events {
		ends[i] = e.end
	}
	slices.Sort(ends)
	i, _ := slices.BinarySearchFunc(ends, true, func(end int64, _ bool) int {
		if wrong(until(events, end)) {
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
			open.answer, open.listed, open.thorough, open.end = nil, nil, false, math.MaxInt64
			e = &open
		}
		before = append(before, e)
	}
	slices.SortFunc(before, func(a, b *event) int { return cmp.Compare(a.begin, b.begin) })
	return before
}

// withoutEffect reports whether the answer says that nothing was changed.
func (e *event) withoutEffect() bool {
	switch {
	case !e.kind.changes():
		return true
	case e.answer == nil || e.kind.aboutAll():
		return false
	}
	// A store whose reply was lost may call gone what it has ended itself.
	return e.answer.Class != 0
}
