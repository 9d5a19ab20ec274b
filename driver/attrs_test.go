package driver_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func TestAttrsWith(t *testing.T) {
	for _, test := range []struct{ before, changes, want driver.Attrs }{
		{nil, nil, nil},
		{nil, driver.Attrs{"a": "1"}, driver.Attrs{"a": "1"}},
		{nil, driver.Attrs{"a": ""}, nil},
		{driver.Attrs{"a": "1"}, nil, driver.Attrs{"a": "1"}},
		{driver.Attrs{"a": "1", "b": "2"}, driver.Attrs{"a": "3", "c": "4"}, driver.Attrs{"a": "3", "b": "2", "c": "4"}},
		{driver.Attrs{"a": "1", "b": "2"}, driver.Attrs{"a": "", "c": ""}, driver.Attrs{"b": "2"}},
		{driver.Attrs{"a": "1"}, driver.Attrs{"a": ""}, nil},
	} {
		before, changes := maps.Clone(test.before), maps.Clone(test.changes)
		got := before.With(changes)
		if !maps.Equal(got, test.want) || (got == nil) != (test.want == nil) {
			t.Errorf("%q with %q is %q, want %q", test.before, test.changes, got, test.want)
		}
		if !maps.Equal(before, test.before) || !maps.Equal(changes, test.changes) {
			t.Errorf("%q with %q has changed one of them: %q, %q", test.before, test.changes, before, changes)
		}
	}
}

func TestValidateAttrs(t *testing.T) {
	many := driver.Attrs{}
	for i := range 26 {
		many[string(rune('a'+i))] = strings.Repeat("x", 38) // 26 times 39
	}
	for _, test := range []struct {
		name  string
		attrs driver.Attrs
		err   error
	}{
		{"none", nil, nil},
		{"one letter", driver.Attrs{"a": "1"}, nil},
		{"32 letters", driver.Attrs{strings.Repeat("z", 32): "1"}, nil},
		{"33 letters", driver.Attrs{strings.Repeat("z", 33): "1"}, driver.ErrValue},
		{"no name", driver.Attrs{"": "1"}, driver.ErrValue},
		{"a capital", driver.Attrs{"aB": "1"}, driver.ErrValue},
		{"a digit", driver.Attrs{"a1": "1"}, driver.ErrValue},
		{"an underscore", driver.Attrs{"a_b": "1"}, driver.ErrValue},
		{"a dot", driver.Attrs{"a.b": "1"}, driver.ErrValue},
		{"a dollar", driver.Attrs{"$a": "1"}, driver.ErrValue},
		{"a letter of another script", driver.Attrs{"ä": "1"}, driver.ErrValue},
		{"a bad name to remove", driver.Attrs{"A": ""}, driver.ErrValue},
		{"the longest text", driver.Attrs{"a": strings.Repeat("x", driver.MaxAttrs-1)}, nil},
		{"a longer text", driver.Attrs{"a": strings.Repeat("x", driver.MaxAttrs)}, driver.ErrValue},
		{"together not too long", many, nil},
		{"not UTF-8", driver.Attrs{"a": "\xff"}, driver.ErrValue},
		{"NUL", driver.Attrs{"a": "x\x00"}, driver.ErrValue},
		{"to remove", driver.Attrs{"a": ""}, nil},
	} {
		err := (&driver.Update{Attrs: test.attrs}).Validate()
		if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
			t.Errorf("%s: error is %v, want %v", test.name, err, test.err)
		}
	}
	many["a"] += strings.Repeat("x", 11)
	if err := (&driver.Update{Attrs: many}).Validate(); !errors.Is(err, driver.ErrValue) {
		t.Errorf("together a byte too long: error is %v, want ErrValue", err)
	}
}

func TestRecord(t *testing.T) {
	before := driver.Record{
		Meta:          driver.Meta{User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour},
		Authenticated: now, Attrs: driver.Attrs{"label": "Firefox", "x": "1"}, Data: doc(`{"a":1}`),
	}
	later := now.Add(time.Minute)
	for _, test := range []struct {
		name string
		u    driver.Update
		want func(r *driver.Record)
	}{
		{"nothing", driver.Update{}, func(*driver.Record) {}},
		{"renewed", driver.Update{Renew: new(driver.Verifier{1})}, func(*driver.Record) {}},
		{"signed in again", driver.Update{Authenticated: later.Add(time.Microsecond).In(time.FixedZone("", 3600))}, func(r *driver.Record) {
			r.Authenticated = later
		}},
		{"another user", driver.Update{User: new("bob")}, func(r *driver.Record) { r.User = "bob" }},
		{"unbound", driver.Update{User: new("")}, func(r *driver.Record) { r.User, r.Authenticated = "", time.Time{} }},
		{"unbound, and signed in", driver.Update{User: new(""), Authenticated: later}, func(r *driver.Record) { r.User, r.Authenticated = "", later }},
		{"attributes", driver.Update{Attrs: driver.Attrs{"x": "", "y": "2"}}, func(r *driver.Record) {
			r.Attrs = driver.Attrs{"label": "Firefox", "y": "2"}
		}},
		{"used", driver.Update{MaxAge: time.Hour}, func(r *driver.Record) { r.LastUsed, r.Expires = later, later.Add(time.Hour) }},
		{"a condition", driver.Update{AuthenticatedSince: later, SessionLimit: driver.SessionLimit{Max: 1}}, func(*driver.Record) {}},
	} {
		want := before
		test.want(&want)
		got := test.u.Record(before, later)
		if got.Meta != want.Meta || !got.Authenticated.Equal(want.Authenticated) || got.Authenticated.Location() != time.UTC ||
			!maps.Equal(got.Attrs, want.Attrs) || !driver.IdenticalDocs(got.Data, want.Data) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, want)
		}
	}
	if before.Attrs["x"] != "1" {
		t.Error("an update has changed the attributes of the record before")
	}
}

func TestCheckAuthenticated(t *testing.T) {
	for _, test := range []struct {
		name      string
		since, at time.Time
		passes    bool
	}{
		{"not asked for", time.Time{}, time.Time{}, true},
		{"not asked for, known", time.Time{}, now, true},
		{"never", now, time.Time{}, false},
		{"at that moment", now, now, true},
		{"in that millisecond", now.Add(999 * time.Microsecond), now, true},
		{"a millisecond earlier", now, now.Add(-time.Millisecond), false},
		{"later", now, now.Add(time.Hour), true},
		{"never, by a time of before all", time.UnixMilli(-1 << 60), time.Time{}, false},
	} {
		err := (&driver.Update{AuthenticatedSince: test.since}).CheckAuthenticated(test.at)
		if (err == nil) != test.passes {
			t.Errorf("%s: error is %v", test.name, err)
		}
		both := errors.Is(err, driver.ErrReauthenticate) && errors.Is(err, driver.ErrCondition)
		if op, ok := errors.AsType[*driver.OpError](err); err != nil && (!both || !ok || op.Op != "if") {
			t.Errorf("%s: error is %v (%T), want an OpError of \"if\" that matches ErrReauthenticate and ErrCondition", test.name, err, err)
		}
	}
}

func TestSignedIn(t *testing.T) {
	r := driver.Record{Meta: driver.Meta{Created: now}}
	if got := r.SignedIn(); got != now {
		t.Errorf("without a sign-in: %v, want when it was created", got)
	}
	r.Authenticated = now.Add(-time.Hour)
	if got := r.SignedIn(); got != r.Authenticated {
		t.Errorf("with one before it was created: %v, want that", got)
	}
}

// Two browsers of one user differ in a label, which a change of the address leaves alone.
func ExampleAttrs_With() {
	attrs := driver.Attrs{"label": "Firefox", "address": "203.0.113.7"}
	fmt.Println(attrs.With(driver.Attrs{"address": "198.51.100.1"}))
	fmt.Println(attrs.With(driver.Attrs{"address": ""}))
	// Output:
	// map[address:198.51.100.1 label:Firefox]
	// map[label:Firefox]
}

// TestValidateTimes has times that some store could not tell from none, or not keep.
func TestValidateTimes(t *testing.T) {
	beforeAll := time.Time{}
	for _, test := range []struct {
		name  string
		at    time.Time
		valid bool
	}{
		{"none", beforeAll, true},
		{"in the millisecond of none", beforeAll.Add(time.Nanosecond), false},
		{"the next one", beforeAll.Add(time.Millisecond), true},
		{"before all", beforeAll.Add(-time.Millisecond), false},
		{"1970", time.UnixMilli(0), true},
		{"the last one", time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC), true},
		{"the last one, farther east", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).In(time.FixedZone("", 3600)), true},
		{"later", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{"much later", time.UnixMilli(1 << 60), false},
	} {
		for _, u := range []driver.Update{{Authenticated: test.at}, {AuthenticatedSince: test.at}, {Deadline: test.at}} {
			if err := u.Validate(); errors.Is(err, driver.ErrValue) == test.valid || (err == nil) != test.valid {
				t.Errorf("%s: error is %v (%+v)", test.name, err, u)
			}
		}
	}
}
