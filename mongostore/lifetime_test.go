package mongostore_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// What a use makes of the expiry is part of the one command where that is usual, and right also where it is not.
func TestUses(t *testing.T) {
	var m monitor
	coll := collection(t, m.options())
	s := newStore(t, coll)
	one, three := []string{"findAndModify"}, []string{"findAndModify", "find", "findAndModify"}
	const hour, earlier = time.Hour, -time.Minute
	verifier := driver.Secret{9}.Verifier()
	absent := []driver.Op{driver.SetIfAbsent{Path: "a", Value: value(`1`)}} // which needs a pipeline
	for name, tt := range map[string]struct {
		u     driver.Update // of a record that has been used now, for 2 hours, with a lifetime of 3
		after time.Duration // from then to the update
		sent  []string
	}{
		"no use":                       {driver.Update{}, hour, one},
		"no use, with a lifetime":      {driver.Update{Lifetime: hour}, hour, one},
		"a use":                        {driver.Update{MaxAge: 2 * hour}, hour, one},
		"a late use":                   {driver.Update{MaxAge: 2 * hour}, earlier, one},
		"a longer use":                 {driver.Update{MaxAge: 3 * hour}, 0, three},
		"longer than the lifetime":     {driver.Update{MaxAge: 3*hour + 1e6}, 0, three},
		"the same, with a pipeline":    {driver.Update{MaxAge: 4 * hour, Ops: absent}, 0, one},
		"a longer lifetime":            {driver.Update{MaxAge: 4 * hour, Lifetime: 5 * hour}, 0, one},
		"a shorter use":                {driver.Update{MaxAge: hour}, hour / 2, three},
		"a shorter use, in time":       {driver.Update{MaxAge: hour}, hour, three},
		"a shorter use, with pipeline": {driver.Update{MaxAge: hour, Ops: absent}, 0, one},
		"a shorter lifetime":           {driver.Update{MaxAge: hour, Lifetime: hour / 2}, hour, three},
		"a late and longer use":        {driver.Update{MaxAge: 3 * hour}, earlier, three},
		"late, with a pipeline":        {driver.Update{MaxAge: 3 * hour, Ops: absent}, earlier, one},
		"a sign-in":                    {driver.Update{MaxAge: 3 * hour, Lifetime: 3 * hour, User: new("bob"), Renew: &verifier}, 0, one},
		"a sign-out":                   {driver.Update{User: new(""), Renew: &verifier}, 0, one},
	} {
		for _, from := range []string{"", "an earlier version"} { // which has written no lifetime: it is 2 hours then
			k, r := newSession(`{}`)
			r.Lifetime = 3 * hour
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Update(t.Context(), now, k, &driver.Update{MaxAge: 2 * hour}); err != nil {
				t.Fatal(err)
			}
			if from != "" {
				remove := bson.D{{Key: "$unset", Value: bson.D{{Key: "lifetime", Value: ""}}}}
				if _, err := coll.UpdateByID(t.Context(), bson.Binary{Data: k.ID[:]}, remove); err != nil {
					t.Fatal(err)
				}
			}
			before, err := s.Load(t.Context(), now, k)
			if err != nil {
				t.Fatal(err)
			}
			want := tt.u.Meta(before.Meta, now.Add(tt.after))
			m.take()
			got, err := s.Update(t.Context(), now.Add(tt.after), k, &tt.u)
			sent := from == "" || tt.u.Ops != nil // a pipeline can do with what an earlier version has written
			if names := m.take(); err != nil || got.Meta != want || sent && !slices.Equal(names, tt.sent) {
				t.Errorf("%s %s sends %v and makes of it\n%+v, %v, want\n%+v", name, from, names, got.Meta, err, want)
			}
			fields, _ := stored(t, coll, k)
			for _, field := range fields {
				if strings.HasPrefix(field, "life") && !strings.HasSuffix(field, " 64-bit integer") {
					t.Errorf("%s %s: it has %s", name, from, field)
				}
			}
			if tt.u.Renew != nil {
				k.Verifier = verifier
			}
			if after, err := s.Load(t.Context(), now, k); err != nil || after.Meta != want {
				t.Errorf("%s %s: then it is\n%+v, %v, want\n%+v", name, from, after.Meta, err, want)
			}
		}
	}
}

// A record remembers of its latest renewal whether it signed in, by whatever road that came.
func TestSignedIn(t *testing.T) {
	s := newStore(t, collection(t))
	sorted := []driver.Op{driver.Push{Path: "l", Each: []driver.Value{value(`1`), value(`{"a":1}`)}, Sort: []driver.Sort{{}}}} // the second road
	piped := []driver.Op{driver.SetIfAbsent{Path: "a", Value: value(`1`)}}
	for name, ops := range map[string][]driver.Op{"operators": nil, "a pipeline": piped, "the second road": sorted} {
		k := create(t, s, `{"l":[{"b":1}]}`)
		for i, user := range []string{"", "ann", "ann", "bob", "", "bob"} {
			old := k
			k.Verifier = driver.Secret{byte(100 + i)}.Verifier()
			u := &driver.Update{Ops: ops, Renew: &k.Verifier, User: &user}
			before, err := s.Load(t.Context(), now, old)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Update(t.Context(), now, old, u); err != nil {
				t.Fatal(err)
			}
			r, err := s.Load(t.Context(), now, old)
			if signedIn := r.User == user && r.ID == k.ID; !errors.Is(err, driver.ErrRenewed) || signedIn != u.SignsIn(before.Meta) {
				t.Errorf("%s, renewal %d: the secret of before finds %+v, %v", name, i, r.Meta, err)
			}
		}
	}
}
