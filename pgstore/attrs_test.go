package pgstore

import (
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestAttrs has attributes and times of a sign-in set, changed and removed, by updates that are done in every way.
func TestAttrs(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	k, r := storetest.NewRecord(t, "ann", `{"l":[2,1]}`)
	now := r.Created
	text := "<\"'\\&é\u2028😀\n$1{}"
	r.Attrs, r.Authenticated = driver.Attrs{"label": text, "agent": "x"}, now.Add(-time.Hour)
	if err := s.Create(ctx, k.Verifier, r); err != nil {
		t.Fatal(err)
	}
	expect := func(what string) {
		t.Helper()
		got, err := s.Load(ctx, now, k)
		list, listErr := s.List(ctx, now, "", driver.ID{}, 10)
		if err := errors.Join(err, listErr); err != nil || len(list) != 1 {
			t.Fatalf("%s: %d sessions (error: %v)", what, len(list), err)
		}
		for _, got := range []driver.Record{got, list[0]} {
			if got.Meta != r.Meta || !got.Authenticated.Equal(r.Authenticated) || !maps.Equal(got.Attrs, r.Attrs) || (got.Attrs == nil) != (r.Attrs == nil) {
				t.Errorf("%s: %+v, want %+v", what, got, r)
			}
		}
	}
	expect("created")
	sorted := []driver.Op{driver.Push{Path: "l", Each: []driver.Value{driver.IntValue(0)}, Sort: []driver.Sort{{}}}}
	for what, u := range map[string]driver.Update{
		"a text":     {Attrs: driver.Attrs{"agent": text}},
		"one less":   {Attrs: driver.Attrs{"label": "", "none": ""}},
		"a time":     {Authenticated: now, Ops: inc("n").Ops},
		"to another": {User: new("bob"), Renew: new(driver.Secret{1}.Verifier())},
		"fallback":   {Ops: sorted, Attrs: driver.Attrs{"methods": "otp"}, Authenticated: now.Add(time.Second), AuthenticatedSince: r.Authenticated},
	} {
		if _, err := s.Update(ctx, now, k, &u); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if r = u.Record(r, now); u.Renew != nil {
			k.Verifier = *u.Renew
		}
		expect(what)
	}
	for _, u := range []driver.Update{{Ops: sorted}, *inc("n"), {If: []driver.Condition{{Path: "n", Is: driver.Lt, Value: driver.IntValue(0)}}}} {
		u.AuthenticatedSince, u.Attrs = r.Authenticated.Add(time.Millisecond), driver.Attrs{"label": "refused"}
		_, err := s.Update(ctx, now, k, &u)
		if op, ok := errors.AsType[*driver.OpError](err); !errors.Is(err, driver.ErrReauthenticate) || !ok || op.Op != "if" {
			t.Errorf("error %v, want %v", err, driver.ErrReauthenticate)
		}
		expect("refused")
	}
	last := driver.Update{User: new(""), Attrs: driver.Attrs{"label": "", "agent": "", "methods": ""}}
	if _, err := s.Update(ctx, now, k, &last); err != nil {
		t.Fatal(err)
	}
	r = last.Record(r, now)
	expect("all gone")
}

// TestForeignAttrs has somebody put attributes into the table that are none.
func TestForeignAttrs(t *testing.T) {
	for _, attrs := range []string{`[]`, `1`, `"x"`, `null`, `{"label":1}`, `{"label":{"x":"y"}}`} {
		schema := freshSchema(t)
		pool := dial(t, with(t, serverURL, "search_path", schema), func(c *pgxpool.Config) { c.MaxConns = 2 })
		s := migrated(t, pool, schema)
		k, now := create(t, s, "ann", `{"n":1}`)
		exec(t, pool, "UPDATE session SET attrs = '"+attrs+"'")
		_, loadErr := s.Load(t.Context(), now, k)
		_, listErr := s.List(t.Context(), now, "ann", driver.ID{}, 10)
		if !errors.Is(loadErr, driver.ErrCorrupt) || !errors.Is(listErr, driver.ErrCorrupt) {
			t.Errorf("%s: errors %v and %v, want %v", attrs, loadErr, listErr, driver.ErrCorrupt)
		}
		if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil { // which does not meet them
			t.Error(err)
		}
		more := &driver.Update{Attrs: driver.Attrs{"agent": "x"}}
		if _, err := s.Update(t.Context(), now, k, more); attrs[0] != '{' && !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%s: error %v, want %v", attrs, err, driver.ErrCorrupt)
		}
		if after := ask[string](t, pool, "SELECT attrs::text FROM session"); attrs[0] != '{' && after != attrs {
			t.Errorf("%s has become %s", attrs, after)
		}
		if err := s.Delete(t.Context(), now, k); err != nil {
			t.Error(err)
		}
	}
}

// TestUserKeys has keys of a user meet sessions of others, and what was renewed.
func TestUserKeys(t *testing.T) {
	s, ctx := newStore(t), t.Context()
	for _, user := range []string{"ann", ""} {
		k, now := create(t, s, user, `{"l":[2,1],"n":0}`)
		sorted := &driver.Update{Ops: []driver.Op{driver.Push{Path: "l", Sort: []driver.Sort{{}}}}}
		renewal := &driver.Update{Renew: new(driver.Secret{1}.Verifier())}
		for _, u := range []*driver.Update{inc("n"), sorted, renewal, inc("n"), {}} {
			if _, err := s.Update(ctx, now, driver.UserKey(k.ID, user), u); err != nil {
				t.Error(err)
			}
		}
		_, err := s.Update(ctx, now.Add(driver.RenewalWindow), k, sorted)
		r, loadErr := s.Load(ctx, now.Add(driver.RenewalWindow), k)
		if !errors.Is(err, driver.ErrReplayed) || !errors.Is(loadErr, driver.ErrReplayed) || r.ID != k.ID || r.User != user || !r.Created.IsZero() {
			t.Errorf("by the verifier before: errors %v and %v, record %+v", err, loadErr, r)
		}
		if _, err := s.Update(ctx, now, k, sorted); !errors.Is(err, driver.ErrRenewed) {
			t.Errorf("error %v, want %v", err, driver.ErrRenewed)
		}
		k.Verifier = *renewal.Renew
		for _, wrong := range []driver.Key{driver.UserKey(k.ID, "eve"), {ID: k.ID, Verifier: k.Verifier, ByUser: true, User: "eve"}} {
			_, err := s.Update(ctx, now, wrong, inc("n"))
			_, sortedErr := s.Update(ctx, now, wrong, sorted)
			_, loadErr := s.Load(ctx, now, wrong)
			for _, err := range []error{err, sortedErr, loadErr, s.Delete(ctx, now, wrong)} {
				if !errors.Is(err, driver.ErrNotFound) || storetest.Matches(err, driver.ErrRenewed, driver.ErrReplayed) {
					t.Errorf("another's: error %v, want %v", err, driver.ErrNotFound)
				}
			}
		}
		if r, err := s.Load(ctx, now, driver.UserKey(k.ID, user)); err != nil || r.Data.Text() != `{"l":[1,2],"n":2}` {
			t.Errorf("it is %s (error: %v)", r.Data.Text(), err)
		}
		counts(t, s, k, now, 2)
		if err := s.Delete(ctx, now, driver.UserKey(k.ID, user)); err != nil {
			t.Error(err)
		}
	}
}
