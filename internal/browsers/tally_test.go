package browsers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What may get lost: see the package comment.
const (
	lostRenewal    = "a renewal"
	lostSignIn     = "a sign-in"
	betweenAnswers = "between answers"
	lateExtension  = "a late extension"
	endAndSignIn   = "an end and a sign-in"
)

// tally counts what has happened in a run.
type tally struct{ events, losses map[string]int }

func newTally() *tally { return &tally{make(map[string]int), make(map[string]int)} }

func (t *tally) happened(event string) { t.events[event]++ }
func (t *tally) lost(what string)      { t.losses[what]++ }

// mustHappen is what a run has to see, or it proves less than it seems to.
var mustHappen = strings.Split(strings.TrimSpace(`
a visitor's token in another realm
another user on the same browser
answer lost
answer of the second click used
cart changed
cart changed after the sign-in
cart kept by a sign-in after a lost one
cart kept by a sign-in sent again
cookie expired
cookie refused by the browser
extended by a read
forged or outdated form refused
form sent twice
lost sign-in repeated
MaxAge lowered
no session for another site
other site: cors GET empty
other site: cors POST empty
other site: navigate GET document
other site: navigate GET iframe
other site: navigate POST document
other site: no-cors GET image
overtaken request
page loaded again under Strict
read of a live session
revoked
second factor
session begun by a form
session expired
session planted
sign-in
sign-in after a renewal, to an empty session
sign-in sent again
sign-out
sign-out that leaves a message
stray cookie beside a live session
stray cookie refused by the browser
stray cookie set or removed
the same cookie twice
thief with a secret that is gone
thief with a secret that is live
thief with a secret that is replaced
thief with the password goes on
tokens of other realms
written with the second factor
`), "\n")

func (t *tally) missing() []string {
	return slices.DeleteFunc(slices.Clone(mustHappen), func(e string) bool { return t.events[e] > 0 })
}

func (t *tally) String() string {
	var b strings.Builder
	for _, m := range []map[string]int{t.losses, t.events} {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			fmt.Fprintf(&b, "%8d  %s\n", m[name], name)
		}
		b.WriteString("\n")
	}
	return b.String()
}
