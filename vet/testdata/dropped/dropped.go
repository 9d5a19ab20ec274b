// Package dropped makes changes and conditions that do nothing, in every way that compiles.
package dropped

import (
	"context"

	"github.com/atomicsession/atomicsession"
	sessions "github.com/atomicsession/atomicsession"
)

var (
	visits = atomicsession.NewCounter("visits")
	step   = atomicsession.NewKey[string]("step")
	tags   = atomicsession.NewList[string]("tags")
)

type change = sessions.Change

func aliased() change                                     { return visits.Inc(1) }
func several() (int, atomicsession.Change, error)         { return 0, visits.Inc(1), nil }
func many() []atomicsession.Change                        { return []atomicsession.Change{visits.Inc(1)} }
func same[T any](v T) T                                   { return v }
func chosen(f func() atomicsession.Change, n int) (_ int) { f(); return n } // want "the change that f returns does nothing"

var _ = visits.Inc(1) // want "the change that visits.Inc returns does nothing by itself: give it to Session.Update"

var _ atomicsession.Change = step.Set("otp") // want "the change that step.Set returns"

var _, kept = step.Set("a"), step.Set("b") // want "the change that step.Set returns"

func statements() {
	var word string
	visits.Inc(1)                        // want "^the change that visits.Inc returns does nothing by itself: give it to Session.Update$"
	step.Eq("otp")                       // want "^the condition that step.Eq returns does nothing by itself: give it to If$"
	(visits.Inc(1))                      // want "the change"
	(visits.Inc)(1)                      // want "the change that visits.Inc returns"
	atomicsession.If(step.Eq("otp"))     // want "the change that atomicsession.If returns"
	sessions.User("42")                  // want "the change that sessions.User returns"
	tags.Push("new")                     // want "the change that tags.Push returns"
	tags.Where(tags.Element().Eq("a"))   // want "^the elements that tags.Where returns are only chosen: give the change that their Do returns to Session.Update$"
	tags.Where().Do(step.Set("a"))       // want "the change that tags.Where...Do returns"
	step.Into(&word)                     // want "^the place that step.Into returns is not read by itself: give it to Session.Read$"
	atomicsession.Path("step").Unset()   // want "the change"
	atomicsession.Not(step.Eq("a"))      // want "the condition that atomicsession.Not returns"
	go visits.Inc(1)                     // want "the change"
	defer visits.Inc(1)                  // want "the change"
	aliased()                            // want "the change that aliased returns"
	several()                            // want "the change that several returns"
	many()                               // want "the change that many returns"
	same(visits.Inc(1))                  // want "the change that same returns"
	same[change](nil)                    // want "the change that same.change. returns"
	func() change { return aliased() }() // want "the change that .func.. change literal. returns"
	atomicsession.Counter.Inc(visits, 1) // want "the change that atomicsession.Counter.Inc returns"
	if visits.Inc(1); kept != nil {      // want "the change"
		for visits.Inc(1); ; step.Eq("") { // want "the change" "the condition"
		}
	}
	switch visits.Inc(1); { // want "the change"
	default:
		visits.Inc(1) // want "the change"
	}
}

func blanks() (err error) {
	_, _ = tags.Where(), step.Into(nil)      // want "the elements" "the place"
	_ = visits.Inc(1)                        // want "the change that visits.Inc returns"
	(_) = (step.Eq("otp"))                   // want "the condition that step.Eq returns"
	_ = atomicsession.Change(visits.Inc(1))  // want "the change that visits.Inc returns"
	_ = any((change)((visits.Inc(1))))       // want "the change that visits.Inc returns"
	_, _, _ = several()                      // want "the change that several returns"
	_, err = visits.Inc(1), context.Canceled // want "the change that visits.Inc returns"
	_, _ = visits.Inc(1), step.Eq("otp")     // want "the change" "the condition"
	var _ = visits.Inc(1)                    // want "the change"
	var _, _, _ = several()                  // want "the change that several returns"
	return err
}
