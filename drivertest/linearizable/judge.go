package linearizable

import (
	"fmt"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// judgePatience is how long the judgement of one history may take. One that takes longer is no history to judge a store by: that fails.
const judgePatience = 10 * time.Second

// nothing is what is known of a session at first.
var nothing = &state{gone: true}

// modelFrom returns the model of one session, of which something is known beforehand, for porcupine.
func modelFrom(before *state) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return before },
		Step: func(before, input, _ any) (bool, any) {
			after := before.(*state).step(input.(*event))
			return after != nil, after
		},
		Equal:             func(a, b any) bool { return a.(*state).same(b.(*state)) },
		DescribeOperation: func(input, _ any) string { return input.(*event).text() },
		DescribeState:     func(st any) string { return st.(*state).String() },
	}
}

// toPorcupine returns the events for the checker.
func toPorcupine(events []*event) []porcupine.Operation {
	operations := make([]porcupine.Operation, len(events))
	for i, e := range events {
		operations[i] = porcupine.Operation{ClientId: e.client, Input: e, Call: e.begin, Return: e.end}
	}
	return operations
}

// linearizable says whether there is an order of the events that explains all answers.
func linearizable(before *state, events []*event, patience time.Duration) porcupine.CheckResult {
	if patience <= 0 {
		return porcupine.Unknown
	}
	return porcupine.CheckOperationsTimeout(modelFrom(before), toPorcupine(events), patience)
}

// illegal begins the line by which programs know that a history is not linearizable.
const illegal = "not linearizable"

// verdict is what comes of a history that is not as it should be.
type verdict struct {
	what    string // in one line
	why     string // if it is not the order
	parts   []part // what shows it
	history *history
}

// part is what is wrong in the history of one session.
type part struct {
	earlier []*event // an order explains their answers
	before  *state   // and makes this of the session
	events  []*event // theirs none explains
	accused []*event // but for the answer of one of these, if there are any
}

// judge returns nil if the history is linearizable.
func (h *history) judge() *verdict {
	end := time.Now().Add(judgePatience)
	for _, r := range h.operations {
		if what := h.complaint(r); what != "" {
			e := &event{operation: r.operation, answer: r.answer, client: r.client, number: r.number, begin: r.begin, end: r.end}
			parts := []part{{before: nothing, events: []*event{e}}}
			return &verdict{what: illegal, why: fmt.Sprintf("operation %d: %s", r.number, what), parts: parts, history: h}
		}
	}
	var all [sessionsOfHistory][]*event
	for i := range all {
		all[i] = h.of(i)
		switch linearizable(nothing, all[i], time.Until(end)) {
		case porcupine.Illegal:
			return &verdict{what: illegal, parts: []part{shrink(all[i])}, history: h}
		case porcupine.Unknown:
			return &verdict{what: "not decided within " + judgePatience.String(), parts: []part{{before: nothing, events: all[i]}}, history: h}
		}
	}
	for _, r := range h.operations {
		if r.kind != deleteMany || r.answer == nil || r.answer.Class != 0 {
			continue
		}
		least, most := 0, 0
		for _, events := range all {
			if excluded(events, r, endedNone, time.Until(end)) {
				least++
			}
			if !excluded(events, r, endedLive, time.Until(end)) {
				most++
			}
		}
		// Where a reply was lost, more may have been ended than is known.
		if n := r.answer.N; n > most || n < least && !h.Harm {
			var parts []part
			for _, events := range all {
				parts = append(parts, fold(until(events, r.end)))
			}
			return &verdict{what: illegal, why: countOf(r, least, most), parts: parts, history: h}
		}
	}
	return nil
}

// excluded reports whether no order explains the answers in which the claim about r is true of the session.
func excluded(events []*event, r *recorded, c claim, patience time.Duration) bool {
	i := slices.IndexFunc(events, func(e *event) bool { return e.number == r.number })
	if i < 0 { // r was not about the session
		return c == endedLive
	}
	claimed := *events[i]
	claimed.claim = c
	return linearizable(nothing, slices.Concat(events[:i], []*event{&claimed}, events[i+1:]), patience) == porcupine.Illegal
}

func countOf(r *recorded, least, most int) string {
	return fmt.Sprintf("operation %d says that it has ended %d sessions, which can only be %d to %d", r.number, r.answer.N, least, most)
}
