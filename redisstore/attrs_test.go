package redisstore

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestAttrs changes attributes one by one: the others stay, and Load and List have the same.
func TestAttrs(t *testing.T) {
	s := newStore(t, address, Options{})
	k, r := storetest.NewRecord(t, "ann", `{"a":{"b":1},"n":1}`)
	odd := "a \"b\"/\\\n<é>\u2028\x01\x7f" + strings.Repeat("x", 900)
	r.Attrs = driver.Attrs{"label": "Firefox on Linux", "agent": odd}
	r.Authenticated = r.Created.Add(-time.Minute)
	if err := s.Create(t.Context(), k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	signedAt := r.Created.Add(time.Hour / 2)
	for _, u := range []driver.Update{
		{},
		{Attrs: driver.Attrs{"methods": "pwd"}},
		{Attrs: driver.Attrs{"methods": "pwd otp", "label": "my desk"}, Authenticated: signedAt, Ops: inc("a.b").Ops},
		{Attrs: driver.Attrs{"label": ""}},
		{Attrs: driver.Attrs{"agent": "", "nothing": ""}, Ops: inc("n").Ops},
		{Attrs: driver.Attrs{"methods": ""}},
		{Attrs: driver.Attrs{"label": "again", "agent": "b"}, Renew: new(driver.Secret{1}.Verifier())},
		{User: new(""), Attrs: driver.Attrs{"label": ""}},
		{User: new("bob")},
		{User: new(""), Authenticated: signedAt},
		{User: new("ann")},
	} {
		if _, err := s.Update(t.Context(), r.Created, k, &u); err != nil {
			t.Fatal(err)
		}
		if u.Renew != nil {
			k.Verifier = *u.Renew
		}
		r = u.Record(r, r.Created)
		got, err := s.Load(t.Context(), r.Created, k)
		if err != nil || !maps.Equal(got.Attrs, r.Attrs) || got.Authenticated != r.Authenticated {
			t.Errorf("Load after %+v: %q, %v, error %v; want %q, %v", u, got.Attrs, got.Authenticated, err, r.Attrs, r.Authenticated)
		}
		if r.User == "" {
			continue
		}
		list, err := s.List(t.Context(), r.Created, r.User, driver.ID{}, 10)
		if err != nil || len(list) != 1 || !maps.Equal(list[0].Attrs, r.Attrs) || list[0].Authenticated != r.Authenticated || list[0].Data.Len() > 0 {
			t.Errorf("List after %+v: %+v, error %v; want %q, %v", u, list, err, r.Attrs, r.Authenticated)
		}
	}
	if n, err := s.client.Do(t.Context(), s.client.B().Hexists().Key(s.sessionKey(k.ID)).Field(fieldAttrs).Build()).AsBool(); err != nil || !n {
		t.Errorf("%s is there: %t, error %v", fieldAttrs, n, err)
	}
	if _, err := s.Update(t.Context(), r.Created, k, &driver.Update{Attrs: driver.Attrs{"agent": ""}}); err != nil {
		t.Error(err)
	}
	if n, err := s.client.Do(t.Context(), s.client.B().Hexists().Key(s.sessionKey(k.ID)).Field(fieldAttrs).Build()).AsBool(); err != nil || n {
		t.Errorf("%s is there without an attribute: %t, error %v", fieldAttrs, n, err)
	}
}

// TestLabelPlace has the label where the programs have it that know no other attribute, which may work on the same sessions.
func TestLabelPlace(t *testing.T) {
	s := newStore(t, address, Options{})
	k, now := create(t, s, "ann", `{}`)
	key, created := s.sessionKey(k.ID), timeText(now)
	stored := func(want string) {
		t.Helper()
		got, err := s.client.Do(t.Context(), s.client.B().Hget().Key(key).Field(fieldCreated).Build()).ToString()
		if err != nil || got != want {
			t.Errorf("%s is %q (error: %v), want %q", fieldCreated, got, err, want)
		}
	}
	shown := func(want driver.Attrs) {
		t.Helper()
		r, err := s.Load(t.Context(), now, k)
		if err != nil || !maps.Equal(r.Attrs, want) {
			t.Errorf("Attrs are %q (error: %v), want %q", r.Attrs, err, want)
		}
	}
	update := func(a driver.Attrs) {
		t.Helper()
		if _, err := s.Update(t.Context(), now, k, &driver.Update{Attrs: a}); err != nil {
			t.Error(err)
		}
	}
	do(t, s.client, "HSET", key, fieldCreated, created+" Firefox on Linux") // as they write it
	shown(driver.Attrs{"label": "Firefox on Linux"})
	update(driver.Attrs{"agent": "x"})
	stored(created + " Firefox on Linux")
	update(driver.Attrs{"label": "desk", "agent": "y"})
	stored(created + " desk")
	do(t, s.client, "HSET", key, fieldCreated, created+" phone")
	shown(driver.Attrs{"label": "phone", "agent": "y"})
	update(driver.Attrs{"label": ""})
	stored(created)
	shown(driver.Attrs{"agent": "y"})
}

// TestDamagedAttrs damages what only some methods need: those say so and leave it as it is, all others go on.
func TestDamagedAttrs(t *testing.T) {
	s := newStore(t, address, Options{})
	since := time.UnixMilli(1)
	update := func(u driver.Update) func(k driver.Key, now time.Time) error {
		return func(k driver.Key, now time.Time) error { _, err := s.Update(t.Context(), now, k, &u); return err }
	}
	methods := map[string]func(k driver.Key, now time.Time) error{
		"Load": func(k driver.Key, now time.Time) error { _, err := s.Load(t.Context(), now, k); return err },
		"List": func(_ driver.Key, now time.Time) error {
			_, err := s.List(t.Context(), now, "ann", driver.ID{}, 10)
			return err
		},
		"Delete": func(k driver.Key, now time.Time) error { return s.Delete(t.Context(), now, k) },
		"Delete by user": func(k driver.Key, now time.Time) error {
			return s.Delete(t.Context(), now, driver.UserKey(k.ID, "ann"))
		},
		"inc":          update(*inc("n")),
		"nested inc":   update(*inc("a.b")),
		"label":        update(driver.Update{Attrs: driver.Attrs{"label": "x"}}),
		"sign-in":      update(driver.Update{Authenticated: since, User: new("ann"), Renew: new(driver.Secret{1}.Verifier())}),
		"sign-out":     update(driver.Update{User: new("")}),
		"attributes":   update(driver.Update{Attrs: driver.Attrs{"agent": "x"}, Ops: inc("n").Ops}),
		"since":        update(driver.Update{AuthenticatedSince: since, Ops: inc("n").Ops}),
		"nested since": update(driver.Update{AuthenticatedSince: since, Ops: inc("a.b").Ops}),
		"DeleteMany": func(_ driver.Key, now time.Time) error {
			_, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
			return err
		},
		"DeleteMany before": func(_ driver.Key, now time.Time) error {
			_, _, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann", Before: now.Add(time.Hour)}, driver.ID{}, 10)
			return err
		},
	}
	need := map[string]map[string]bool{
		fieldAuthenticated: {"Load": true, "List": true, "since": true, "nested since": true, "DeleteMany before": true},
		fieldAttrs:         {"Load": true, "List": true, "attributes": true},
	}
	texts := maps.Clone(damages)
	maps.Copy(texts, map[string]string{
		"an array": `[]`, "a text": `"x"`, "null": `null`, "a number inside": `{"agent":1}`, "null inside": `{"agent":null,"b":null}`,
		"an object inside": `{"b":{}}`, "half an object": `{"b":"x"`, "more than an object": `{"b":"x"} 1`, "a list with names": `["b"]`,
	})
	delete(texts, "missing")
	delete(texts, "empty")
	for field, needs := range need {
		for damage, text := range texts {
			for name, call := range methods {
				if damage == "a number inside" && name == "attributes" || damage == "null inside" && name == "attributes" {
					text = strings.ReplaceAll(text, "agent", "other") // what is replaced is not looked at
				}
				k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
				key := s.sessionKey(k.ID)
				do(t, s.client, "HSET", key, fieldAuthenticated, timeText(now), field, text)
				before := dump(t, s, key)
				err := call(k, now)
				if errors.Is(err, driver.ErrCorrupt) != needs[name] || !needs[name] && err != nil || errors.Is(err, driver.ErrUnknownOutcome) {
					t.Errorf("%s is %s: %s: error %v, want one %t", field, damage, name, err, needs[name])
				}
				if needs[name] && dump(t, s, key) != before {
					t.Errorf("%s is %s: %s has changed it", field, damage, name)
				}
				do(t, s.client, "DEL", key, s.userKey("ann"))
			}
		}
	}
	for _, field := range []string{fieldAuthenticated, fieldAttrs} { // an empty one is none
		k, now := create(t, s, "ann", `{}`)
		do(t, s.client, "HSET", s.sessionKey(k.ID), field, "")
		r, err := s.Load(t.Context(), now, k)
		if err != nil || r.Attrs != nil || !r.Authenticated.IsZero() {
			t.Errorf("%s is empty: %+v, error %v", field, r, err)
		}
	}
}

// TestArguments has updates send no more than they have to say.
func TestArguments(t *testing.T) {
	s := newStore(t, address, Options{})
	for name, c := range map[string]struct {
		u    driver.Update
		want int // beside what every update sends
	}{
		"touch":      {driver.Update{MaxAge: time.Hour}, 0},
		"renewal":    {driver.Update{Renew: new(driver.Verifier)}, 10},
		"sign-out":   {driver.Update{User: new("")}, 10},
		"label":      {driver.Update{Attrs: driver.Attrs{"label": ""}}, 10},
		"attributes": {driver.Update{Attrs: driver.Attrs{"agent": ""}}, 14},
		"since":      {driver.Update{AuthenticatedSince: time.Now()}, 14},
	} {
		for _, k := range []driver.Key{{}, driver.UserKey(driver.ID{1}, "ann")} {
			o := s.newOperation(time.Now(), k, &c.u)
			if got := len(o.complete()) - argSteps; got != c.want {
				t.Errorf("%s: %d arguments more, want %d", name, got, c.want)
			}
		}
	}
}

// TestLabelBehindShortTime has sessions of a time with fewer digits than now, and labels behind it that bring what looks like the end of one.
func TestLabelBehindShortTime(t *testing.T) {
	s := newStore(t, address, Options{})
	for _, created := range []int64{0, -1, 1e9, 1e12 - 1, -1e12, 1e12} {
		for n := range 16 {
			k, r := storetest.NewRecord(t, "ann", `{"n":0}`)
			r.Created, r.Attrs = time.UnixMilli(created).UTC(), driver.Attrs{"label": strings.Repeat("x", n) + " y"}
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
			if res, err := s.Update(t.Context(), r.LastUsed, k, inc("n")); err != nil || !res.Created.Equal(r.Created) {
				t.Errorf("created at %d, label %q: %v, error %v", created, r.Attrs["label"], res.Created, err)
			}
		}
	}
}
