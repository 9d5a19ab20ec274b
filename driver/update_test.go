package driver_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func TestValidateMaxOps(t *testing.T) {
	u := &driver.Update{If: []driver.Condition{where("a", driver.Exists, `true`)}}
	for i := range driver.MaxOps - 1 {
		u.Ops = append(u.Ops, inc(driver.Path(fmt.Sprint("n", i)), `1`))
	}
	if err := u.Validate(); err != nil {
		t.Errorf("%d operations and a condition: %v", len(u.Ops), err)
	}
	u.If = append(u.If, u.If[0])
	if err := u.Validate(); !errors.Is(err, driver.ErrTooLarge) {
		t.Errorf("one more: error is %v, want ErrTooLarge", err)
	}
}

func TestValidateUser(t *testing.T) {
	tests := []struct {
		user string
		err  error
	}{
		{"", nil},
		{"42", nil},
		{"Zoë", nil},
		{strings.Repeat("u", driver.MaxUser), nil},
		{strings.Repeat("u", driver.MaxUser+1), driver.ErrValue},
		{"a\x00b", driver.ErrValue},
		{"\xff", driver.ErrValue},
	}
	for _, test := range tests {
		if err := (&driver.Update{User: &test.user}).Validate(); !errors.Is(err, test.err) {
			t.Errorf("user %q: error is %v, want %v", test.user, err, test.err)
		}
	}
}

func TestMeta(t *testing.T) {
	at := func(s int) time.Time { return now.Add(time.Duration(s) * time.Second) }
	before := driver.Meta{
		User: "ann", Created: at(0), LastUsed: at(10), Expires: at(100), Lifetime: 120 * time.Second, Deadline: at(200),
	}
	for _, c := range []struct {
		name string
		now  time.Time
		u    driver.Update
		want func(*driver.Meta)
	}{
		{"no use", at(20), driver.Update{}, func(*driver.Meta) {}},
		{"used", at(20), driver.Update{MaxAge: 100 * time.Second}, func(m *driver.Meta) { m.LastUsed, m.Expires = at(20), at(120) }},
		{"used, with a lower bound", at(20), driver.Update{MaxAge: 30 * time.Second}, func(m *driver.Meta) {
			m.LastUsed, m.Expires = at(20), at(50)
		}},
		{"used, with a higher bound", at(20), driver.Update{MaxAge: time.Hour}, func(m *driver.Meta) {
			m.LastUsed, m.Expires = at(20), at(140)
		}},
		{"used late", at(5), driver.Update{MaxAge: 90 * time.Second}, func(*driver.Meta) {}},
		{"used late, with a lower bound", at(5), driver.Update{MaxAge: 80 * time.Second}, func(m *driver.Meta) { m.Expires = at(90) }},
		{"used for too long", at(100), driver.Update{MaxAge: time.Hour}, func(m *driver.Meta) {
			m.LastUsed, m.Expires = at(100), at(200)
		}},
		{"used for a millisecond", at(20), driver.Update{MaxAge: time.Millisecond}, func(m *driver.Meta) {
			m.LastUsed, m.Expires = at(20), at(20).Add(time.Millisecond)
		}},
		{"lifetime", at(20), driver.Update{Lifetime: time.Second}, func(m *driver.Meta) { m.Lifetime = time.Second }},
		{"lifetime, and used", at(20), driver.Update{Lifetime: time.Second, MaxAge: time.Hour}, func(m *driver.Meta) {
			m.Lifetime, m.LastUsed, m.Expires = time.Second, at(20), at(21)
		}},
		{"longer lifetime, and used", at(20), driver.Update{Lifetime: time.Hour, MaxAge: 150 * time.Second}, func(m *driver.Meta) {
			m.Lifetime, m.LastUsed, m.Expires = time.Hour, at(20), at(170)
		}},
		{"bound", at(5), driver.Update{User: new("bob")}, func(m *driver.Meta) { m.User = "bob" }},
		{"deadline", at(5), driver.Update{Deadline: at(300)}, func(m *driver.Meta) { m.Deadline = at(300) }},
		{"deadline, and used", at(180), driver.Update{Deadline: at(300), MaxAge: 110 * time.Second}, func(m *driver.Meta) {
			m.Deadline, m.LastUsed, m.Expires = at(300), at(180), at(290)
		}},
		{"deadline moved back", at(20), driver.Update{Deadline: at(50)}, func(m *driver.Meta) { m.Deadline, m.Expires = at(50), at(50) }},
		{"deadline moved back, and used", at(20), driver.Update{Deadline: at(50), MaxAge: time.Hour}, func(m *driver.Meta) {
			m.Deadline, m.LastUsed, m.Expires = at(50), at(20), at(50)
		}},
		{"in milliseconds", at(20).Add(time.Microsecond), driver.Update{MaxAge: 100 * time.Second, Deadline: at(110).Add(time.Microsecond)}, func(m *driver.Meta) {
			m.LastUsed, m.Expires, m.Deadline = at(20), at(110), at(110)
		}},
	} {
		want := before
		c.want(&want)
		if got := c.u.Meta(before, c.now); got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
}

func TestErrorsShowNoValues(t *testing.T) {
	const secret = "hunter2"
	u := &driver.Update{
		If: []driver.Condition{{Path: "a", Is: driver.Eq, Value: driver.StringValue(secret + "\xff")}},
	}
	errs := []error{u.Validate(), driver.CheckUser(secret + "\x00"), (&driver.Update{Attrs: driver.Attrs{"label": secret + "\x00"}}).Validate()}
	for _, c := range evalCases {
		_, _, err := driver.Eval(t.Context(), doc(strings.ReplaceAll(c.doc, `"x"`, `"`+secret+`"`)), &driver.Update{Ops: c.ops}, now)
		errs = append(errs, err)
	}
	for _, text := range []string{`{"hunter2":1,"hunter2":2}`, `{"$hunter2":1}`, `["hunter2"`, `"hunter2\x"`, `{"$date":"hunter2"}`} {
		_, err := driver.ParseValue(text)
		if err == nil {
			t.Errorf("%s is no error", text)
		}
		errs = append(errs, err)
	}
	for _, err := range errs {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("error shows a value: %v", err)
		}
	}
}

func TestOrder(t *testing.T) {
	u := &driver.Update{Ops: ops(set("a.10", `1`), set("b", `1`), set("a.9.x", `1`), set("a.x", `1`), rename("a.2", "c"), set("a.9.b", `1`))}
	if got, want := u.Order(), []int{4, 5, 2, 0, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("order is %v, want %v", got, want)
	}
}

func TestTouchedAndWritten(t *testing.T) {
	u := &driver.Update{
		If:  []driver.Condition{where("c.d", driver.Exists, `true`), where("a", driver.Exists, `true`)},
		Ops: ops(set("a.b", `1`), rename("r", "s.t"), set("a.c", `2`), unset("gone")),
	}
	if got, want := u.Touched(), []string{"a", "c", "gone", "r", "s"}; !slices.Equal(got, want) {
		t.Errorf("touched %q, want %q", got, want)
	}
	if got := u.Written(doc(`{"a":{"b":1,"c":2},"c":0,"s":{"t":3},"z":0}`)).Text(); got != `{"a":{"b":1,"c":2},"s":{"t":3}}` {
		t.Errorf("written %s", got)
	}
	for _, test := range []struct {
		op   driver.Op
		want string
	}{
		{set("z", `0`), `{"z":0}`},
		{unset("gone"), `{}`},
		{rename("gone", "z"), `{"z":0}`},
	} {
		if got := (&driver.Update{Ops: ops(test.op)}).Written(doc(`{"a":1,"z":0}`)).Text(); got != test.want {
			t.Errorf("%s has written %s, want %s", test.op.Name(), got, test.want)
		}
	}
	if got := new(driver.Update).Written(doc(`{"a":1}`)).Len(); got != 0 {
		t.Errorf("no operation has written %d fields", got)
	}
}

func TestSignsIn(t *testing.T) {
	renew := new(driver.Verifier{1})
	for _, test := range []struct {
		before string
		u      driver.Update
		want   bool
	}{
		{"", driver.Update{Renew: renew, User: new("ann")}, true},
		{"", driver.Update{Renew: renew, User: new("")}, false},
		{"", driver.Update{Renew: renew}, false},
		{"", driver.Update{User: new("ann")}, false},
		{"ann", driver.Update{Renew: renew, User: new("ann")}, false},
		{"ann", driver.Update{Renew: renew, User: new("bob")}, false},
		{"ann", driver.Update{Renew: renew}, false},
	} {
		if got := test.u.SignsIn(driver.Meta{User: test.before}); got != test.want {
			t.Errorf("%q, %+v: %t", test.before, test.u, got)
		}
	}
}

func TestValidateLifetimes(t *testing.T) {
	for d, want := range map[time.Duration]error{
		0: nil, time.Millisecond: nil, 1000 * 24 * time.Hour: nil,
		-time.Millisecond: driver.ErrValue, time.Microsecond: driver.ErrValue, time.Second + 1: driver.ErrValue,
	} {
		for _, u := range []driver.Update{{MaxAge: d}, {Lifetime: d}} {
			if err := u.Validate(); !errors.Is(err, want) {
				t.Errorf("%+v: error is %v, want %v", u, err, want)
			}
		}
	}
}
