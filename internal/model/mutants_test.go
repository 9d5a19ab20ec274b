package model_test

import (
	"strings"
	"testing"
)

// The promises that mutants break, as the comments in the model say them.
const (
	notLost    = "no acknowledged update is lost"
	atMostOnce = "each update takes effect at most once"
	logoutWins = "logout wins"
	noChange   = "a refusal means that nothing is changed"
	noStale    = "a stale secret changes nothing"
	itsResult  = "a result is what the update has left"
)

// TestMutants has faults put into the model: of each the search must find a sequence that breaks a promise.
func TestMutants(t *testing.T) {
	for _, c := range []struct {
		name, store, promise string
		edits                []string // pairs of an old text and a new one
	}{
		{"an update is not remembered", postgres, atMostOnce, []string{"apply(); remember(2 * id)", "apply()"}},
		{"an update is not remembered", redis, atMostOnce, []string{"apply(); remember(id); note(Ok)", "apply()"}},
		{
			"it is remembered, and applied again", postgres, atMostOnce,
			[]string{"newer == 2 * id -> readBack(); a = Last", "newer == 2 * id -> apply(); a = Ok"},
		},
		{
			"it is remembered, and applied again", redis, atMostOnce,
			[]string{"remembers(id) -> a = Done", "remembers(id) -> apply(); a = Done"},
		},
		{"a second try has another ID", postgres, atMostOnce, []string{"retry = true }", "retry = true; newID() }"}},
		{"a second try has another ID", redis, atMostOnce, []string{"retry = true }", "retry = true; newID() }"}},
		{"a refusal is not remembered", postgres, noChange, []string{"retry -> remember(2 * id + 1); a = Refused", "retry -> a = Refused"}},
		{"a refusal is not remembered", redis, noChange, []string{"note(Refused); a = Refused", "a = Refused"}},
		{"a refusal is taken for an update", postgres, notLost, []string{"a = RefusedBefore", "a = Ok"}},
		{"a refusal is taken for an update", redis, notLost, []string{"a = RefusedBefore", "a = Ok"}},
		{"nothing tells what is forgotten", postgres, atMostOnce, []string{"-> floor = older / 2", "-> skip"}},
		{
			"nothing tells what is forgotten", redis, atMostOnce,
			[]string{"beforeBegan >= since -> a = Unknown", "false -> a = Unknown", "!(forgets && beforeBegan >= since)", "true"},
		},
		{
			"the floor is the latest that is forgotten", postgres, atMostOnce,
			[]string{":: older / 2 <= floor", ":: older / 2 <= floor -> floor = older / 2"},
		},
		{"a half begins when the one before began", redis, atMostOnce, []string{"ops[1] = 0; began = clock", "ops[1] = 0"}},
		{
			"a first try in the same moment is after it", redis, atMostOnce,
			[]string{"beforeBegan >= since -> a", "beforeBegan > since -> a", "beforeBegan >= since)", "beforeBegan > since)"},
		},
		{"a second try names its own time", redis, atMostOnce, []string{"retry = true }", "retry = true; since = clock }"}},
		{
			"a first try does not look at the notes", redis, atMostOnce,
			[]string{"noted[id] == Ok -> a = Done", "noted[id] == Ok && retry -> a = Done"},
		},
		{
			"an update without room for a note", redis, atMostOnce,
			[]string{"notes >= NOTES -> a = Unknown", "notes >= NOTES && permitted -> apply(); remember(id); a = Ok"},
		},
		{
			"the guard comes before the ID", postgres, noChange,
			[]string{":: live && newer == 2 * id ->", ":: live && !permitted -> a = Refused :: live && permitted && newer == 2 * id ->"},
		},
		{
			"the guard comes before the ID", redis, noChange,
			[]string{":: live && noted[id] == Ok ->", ":: live && !permitted -> a = Refused :: live && permitted && noted[id] == Ok ->"},
		},
		{"the secret of before is good", postgres, noStale, []string{"permitted (key == secret", "permitted (key <= secret"}},
		{"the secret of before is good", redis, noStale, []string{"permitted (key == secret", "permitted (key <= secret"}},
		{
			"a copy brings a session back", postgres, logoutWins,
			[]string{":: !live -> a = (retry -> Unknown : Refused)", ":: !live -> apply(); a = Ok"},
		},
		{
			"a copy brings a session back", redis, logoutWins,
			[]string{":: !live -> a = (retry -> Unknown : Refused)", ":: !live -> apply(); a = Ok"},
		},
		{"a logout by a stale secret is done", postgres, logoutWins, []string{"key != secret -> a = Refused", "key != secret -> a = Ok"}},
		{
			"an end hides what was before", postgres, noChange,
			[]string{":: !live -> a = (retry -> Unknown : Refused)", ":: !live -> a = Refused"},
		},
		{
			"an end hides what was before", redis, noChange,
			[]string{":: !live -> a = (retry -> Unknown : Refused)", ":: !live -> a = Refused"},
		},
		{"unavailable, and a copy is on its way", postgres, noChange, []string{"a = (retry -> Unknown : Unavailable)", "a = Unavailable"}},
		{"unavailable, and a copy is on its way", redis, noChange, []string{"a = (retry -> Unknown : Unavailable)", "a = Unavailable"}},
		{"a lost reply is taken for an unsent request", postgres, noChange, []string{"retry = true }", "skip }"}},
		{"a lost reply is taken for an unsent request", redis, noChange, []string{"retry = true }", "skip }"}},
		{
			"what others have left is returned", postgres, itsResult,
			[]string{"older == 2 * id -> a = Earlier", "older == 2 * id -> readBack(); a = Last"},
		},
		{
			"what others have left is returned", redis, itsResult,
			[]string{":: ops[1] == id || ops[1] == 0 && ops[0] == id -> readBack()", ":: readBack()"},
		},
	} {
		t.Run(c.name+", "+c.store, func(t *testing.T) {
			t.Parallel()
			m := newModel(t, c.store, c.edits...)
			report := m.search(t, depth, "-O0")
			if !strings.Contains(report, "assertion violated") {
				t.Fatalf("the search finds nothing wrong:\n%s", report)
			}
			if events, promise := m.sequence(t); promise != c.promise {
				t.Errorf("it breaks %q, want %q:\n%s", promise, c.promise, events)
			}
		})
	}
}
