package mongostore_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// A new deadline is part of the one command, also where the record has an expiry beyond the old one; and it extends nothing.
func TestNewDeadline(t *testing.T) {
	var m monitor
	coll := collection(t, m.options())
	s := newStore(t, coll)
	const hour = time.Hour
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * hour) }
	verifier := driver.Secret{9}.Verifier()
	push := []driver.Op{driver.Push{Path: "l", Each: []driver.Value{value(`1`)}}} // which no pipeline has
	absent := []driver.Op{driver.SetIfAbsent{Path: "a", Value: value(`1`)}}       // which needs one
	one, three := []string{"findAndModify"}, []string{"findAndModify", "find", "findAndModify"}
	for name, tt := range map[string]struct {
		u    driver.Update // of a record that expires at 10 because of its deadline, and would at 48
		want time.Time
		sent []string
	}{
		"a sign-in":                  {driver.Update{Renew: &verifier, User: new("ann"), Deadline: at(100), MaxAge: 50 * hour, Lifetime: 60 * hour}, at(50), one},
		"a sign-in, with a push":     {driver.Update{Ops: push, User: new("ann"), Deadline: at(100), MaxAge: 60 * hour, Lifetime: 50 * hour}, at(50), one},
		"a sign-in, with a pipeline": {driver.Update{Ops: absent, User: new("ann"), Deadline: at(100), MaxAge: 60 * hour, Lifetime: 50 * hour}, at(50), one},
		"a retirement":               {driver.Update{Renew: &verifier, User: new(""), Deadline: at(1)}, at(1), one},
		"back, and used":             {driver.Update{Deadline: at(5), MaxAge: 48 * hour}, at(5), one},
		"back, and a shorter use":    {driver.Update{Deadline: at(5), MaxAge: 20 * hour}, at(5), three},
		"forward":                    {driver.Update{Deadline: at(100)}, at(10), three},
		"forward, with a push":       {driver.Update{Ops: push, Deadline: at(100)}, at(10), three},
		"forward, with a pipeline":   {driver.Update{Ops: absent, Deadline: at(100)}, at(10), one},
		"forward, and used":          {driver.Update{Deadline: at(100), MaxAge: 48 * hour}, at(48), one},
		"forward, and a shorter use": {driver.Update{Deadline: at(100), MaxAge: 20 * hour}, at(20), three},
		"the same, with a pipeline":  {driver.Update{Ops: absent, Deadline: at(100), MaxAge: 20 * hour}, at(20), one},
	} {
		k, r := newSession(`{}`)
		r.Lifetime, r.Deadline = 100*hour, at(10)
		if err := s.Create(t.Context(), k.Verifier, r); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Update(t.Context(), now, k, &driver.Update{MaxAge: 48 * hour}); err != nil {
			t.Fatal(err)
		}
		m.take()
		got, err := s.Update(t.Context(), now, k, &tt.u)
		if names := m.take(); err != nil || !slices.Equal(names, tt.sent) {
			t.Errorf("%s sends %v: %v", name, names, err)
		}
		if tt.u.Renew != nil {
			k.Verifier = verifier
		}
		loaded, err := s.Load(t.Context(), now, k)
		if err != nil || loaded.Meta != got.Meta || !got.Expires.Equal(tt.want) || !got.Deadline.Equal(tt.u.Deadline) {
			t.Errorf("%s: the answer is %+v, then it is %+v, %v, and should expire at %v", name, got.Meta, loaded.Meta, err, tt.want)
		}
		if _, err := s.Load(t.Context(), tt.want, k); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("%s: at its end: %v", name, err)
		}
	}
}

// The server removes what an update has retired.
func TestServerRemovesRetired(t *testing.T) {
	coll := collection(t)
	s := newStore(t, coll)
	if err := s.EnsureIndexes(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := createFor(t, coll)
	verifier := driver.Secret{9}.Verifier()
	retired := &driver.Update{Renew: &verifier, User: new(""), Deadline: time.Now().Add(time.Second)}
	if _, err := s.Update(t.Context(), now, k, retired); err != nil {
		t.Fatal(err)
	}
	if list, err := s.List(t.Context(), now, "ann", driver.ID{}, 10); len(list) != 0 || err != nil {
		t.Errorf("it is still listed: %v, %v", list, err)
	}
	storetest.WaitUntil(t, "the server has removed it", func() bool {
		n, err := coll.CountDocuments(t.Context(), bson.D{})
		return n == 0 && err == nil
	})
}
