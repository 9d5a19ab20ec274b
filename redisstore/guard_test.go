package redisstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestAuthenticatedSince asks for a recent sign-in on every way that an update takes: it comes before all other conditions.
func TestAuthenticatedSince(t *testing.T) {
	s := newStore(t, address, Options{})
	for name, u := range map[string]driver.Update{
		"touch":        {MaxAge: time.Hour},
		"set":          {Ops: inc("n").Ops},
		"nested":       {Ops: inc("a.b").Ops},
		"left to us":   {If: []driver.Condition{{Path: "a", Is: driver.Gt, Value: driver.ObjectValue(driver.Doc{})}}, Ops: inc("n").Ops},
		"false":        {If: []driver.Condition{{Path: "n", Is: driver.Eq, Value: driver.IntValue(9)}}},
		"nested false": {If: []driver.Condition{{Path: "a.b", Is: driver.Eq, Value: driver.IntValue(9)}}},
	} {
		for at, want := range map[time.Duration]bool{-time.Millisecond: false, 0: true, time.Hour: true, -1: false} {
			k, r := storetest.NewRecord(t, "ann", `{"a":{"b":1},"n":1}`)
			u.AuthenticatedSince = r.Created
			if at != -1 {
				r.Authenticated = r.Created.Add(at)
			}
			u.Authenticated = r.Created.Add(2 * time.Hour) // what it is before the update counts
			if err := s.Create(t.Context(), k.Verifier, r); err != nil {
				t.Fatal(err)
			}
			key := s.sessionKey(k.ID)
			before := dump(t, s, key)
			_, err := s.Update(t.Context(), r.Created, k, &u)
			op, _ := errors.AsType[*driver.OpError](err)
			refused := errors.Is(err, driver.ErrReauthenticate)
			if refused == want || refused && (op == nil || op.Op != "if") || refused && dump(t, s, key) != before {
				t.Errorf("%s, %v: error %v", name, at, err)
			}
			if met := !strings.Contains(name, "false"); want && met != (err == nil) {
				t.Errorf("%s, %v: error %v", name, at, err)
			}
		}
	}
}

// TestByUser uses sessions without their secret, nobody's among them, by who they belong to.
func TestByUser(t *testing.T) {
	s := newStore(t, address, Options{})
	for _, owner := range []string{"", "ann", "=", strings.Repeat("x", driver.MaxUser)} {
		k, now := create(t, s, owner, `{"a":{"b":1},"n":1}`)
		if _, err := s.Update(t.Context(), now, k, &driver.Update{Renew: new(driver.Secret{1}.Verifier())}); err != nil {
			t.Fatal(err)
		}
		for _, user := range []string{"", "ann", "=", "bob", verifierText(k.Verifier), verifierText(driver.Secret{1}.Verifier()), "last"} {
			want := driver.ErrNotFound
			if user == "last" {
				user, want = owner, nil
			} else if user == owner {
				continue
			}
			by := driver.UserKey(k.ID, user)
			by.Verifier = k.Verifier // which does not matter
			var errs []error
			_, err := s.Load(t.Context(), now, by)
			errs = append(errs, err)
			for _, u := range []*driver.Update{{}, inc("n"), inc("a.b"), {Renew: new(driver.Secret{1}.Verifier())}, {User: new(owner)}} {
				_, err = s.Update(t.Context(), now, by, u)
				errs = append(errs, err)
			}
			if user == owner {
				_, err := s.Load(t.Context(), now.Add(2*time.Hour), by)
				if !errors.Is(err, driver.ErrNotFound) || !errors.Is(s.Delete(t.Context(), now.Add(2*time.Hour), by), driver.ErrNotFound) {
					t.Errorf("of %q, expired: error %v", owner, err)
				}
			}
			for i, err := range append(errs, s.Delete(t.Context(), now, by)) {
				if !errors.Is(err, want) || errors.Is(err, driver.ErrRenewed) || errors.Is(err, driver.ErrReplayed) {
					t.Errorf("of %q by %q, call %d: error %v, want %v", owner, user, i, err, want)
				}
			}
		}
		if _, err := s.Load(t.Context(), now, driver.UserKey(k.ID, owner)); !errors.Is(err, driver.ErrNotFound) {
			t.Errorf("of %q: error %v after its end", owner, err)
		}
	}
}

// TestReplayed presents a secret when the one after it is no longer new.
func TestReplayed(t *testing.T) {
	s := newStore(t, address, Options{})
	k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
	if _, err := s.Update(t.Context(), now, k, &driver.Update{Renew: new(driver.Secret{1}.Verifier())}); err != nil {
		t.Fatal(err)
	}
	made := driver.Key{ID: k.ID, Verifier: driver.Secret{7}.Verifier()}
	for _, c := range []struct {
		name string
		key  driver.Key
		now  time.Time
		want error
	}{
		{"just before", k, now.Add(driver.RenewalWindow - time.Millisecond), driver.ErrRenewed},
		{"from then on", k, now.Add(driver.RenewalWindow), driver.ErrReplayed},
		{"long after", k, now.Add(time.Hour / 2), driver.ErrReplayed},
		{"never had", made, now.Add(time.Hour / 2), driver.ErrNotFound},
		{"expired", k, now.Add(2 * time.Hour), driver.ErrNotFound},
	} {
		methods := storetest.Methods(s, c.key, c.now)
		for _, name := range []string{"Load", "Update", "Update, nested"} {
			err := methods[name](t.Context())
			for _, other := range []error{driver.ErrRenewed, driver.ErrReplayed} {
				if !errors.Is(err, c.want) || errors.Is(err, other) != errors.Is(c.want, other) {
					t.Errorf("%s: %s: error %v, want %v", c.name, name, err, c.want)
				}
			}
		}
		r, _ := s.Load(t.Context(), c.now, c.key)
		want := driver.Meta{}
		if errors.Is(c.want, driver.ErrReplayed) {
			want = driver.Meta{ID: k.ID, User: "ann"}
		}
		if r.Meta != want || r.Attrs != nil || r.Data.Len() > 0 || !r.Authenticated.IsZero() {
			t.Errorf("%s: Load returns %+v, want %+v", c.name, r, want)
		}
	}
	if err := s.Delete(t.Context(), now.Add(time.Hour/2), k); !errors.Is(err, driver.ErrRenewed) {
		t.Errorf("Delete: error %v, want %v", err, driver.ErrRenewed)
	}
}

// TestUnsupported asks for what only a list of all sessions, or one in the session's slot, could answer. Nothing is sent.
func TestUnsupported(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{})
	k, now := create(t, s, "ann", `{}`)
	before := commandCalls(t, s)
	_, limit := s.Update(t.Context(), now, k, &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 3, End: true}})
	_, list := s.List(t.Context(), now, "", driver.ID{}, 10)
	_, _, many := s.DeleteMany(t.Context(), now, driver.Selection{}, driver.ID{}, 10)
	for name, err := range map[string]error{"SessionLimit": limit, "List": list, "DeleteMany": many} {
		if !errors.Is(err, errors.ErrUnsupported) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %v", name, err, errors.ErrUnsupported)
		}
	}
	if got := sent(before, commandCalls(t, s)); got != "" {
		t.Errorf("the server got %s", got)
	}
	for name, u := range map[string]driver.Update{
		"nobody":   {User: new(""), SessionLimit: driver.SessionLimit{Max: 1}},
		"no user":  {SessionLimit: driver.SessionLimit{Max: 1}},
		"no limit": {User: new("ann"), SessionLimit: driver.SessionLimit{End: true}},
	} {
		if _, err := s.Update(t.Context(), now, k, &u); err != nil {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestDeleteBefore ends the sessions whose sign-in is old enough when they end, and not those that sign in meanwhile.
func TestDeleteBefore(t *testing.T) {
	n := network(t)
	s := n.Near.(*Store)
	keys, created := createMany(t, s, "ann", 6)
	now := created.Add(time.Minute)
	update := func(i int, u driver.Update) {
		t.Helper()
		if _, err := s.Update(t.Context(), now, keys[i], &u); err != nil {
			t.Error(err)
		}
	}
	update(1, driver.Update{Authenticated: now})
	update(2, driver.Update{Authenticated: now.Add(-time.Millisecond)})
	update(3, driver.Update{Attrs: driver.Attrs{"label": "desk"}})
	before := func(at time.Time) driver.Selection {
		return driver.Selection{User: "ann", Before: at, Except: keys[5].ID}
	}
	if got, next, err := n.Far.(*Store).DeleteMany(t.Context(), now, before(created.Add(-time.Second)), driver.ID{}, 10); got != 0 || !next.IsZero() || err != nil {
		t.Errorf("before all: %d have ended, next %v, error %v", got, next, err)
	}
	signedIn := false
	n.Proxy.Plan(func(request []byte) faultproxy.Fault {
		if !signedIn && deleteScript.names(request) { // the index has been read
			signedIn = true
			update(0, driver.Update{Authenticated: now, Renew: new(driver.Secret{1}.Verifier())})
		}
		return faultproxy.None
	})
	got, next, err := n.Far.(*Store).DeleteMany(t.Context(), now, before(now), driver.ID{}, 10)
	if got != 3 || !next.IsZero() || err != nil || !signedIn {
		t.Errorf("%d have ended, next %v, error %v, want 3", got, next, err)
	}
	list, err := s.List(t.Context(), now, "ann", driver.ID{}, 10)
	if err != nil || len(list) != 3 || list[0].ID != keys[0].ID || list[1].ID != keys[1].ID || list[2].ID != keys[5].ID {
		t.Errorf("left are %+v, error %v", list, err)
	}
	if len(members(t, s, "ann")) != 3 {
		t.Errorf("the index holds %v", members(t, s, "ann"))
	}
}
