package atomicsession_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// fieldStore is a store that loads single fields, and notes which.
type fieldStore struct{ *store }

func (s fieldStore) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	if err := s.enter(ctx, "load "+strings.Join(names, " ")); err != nil {
		return driver.Record{}, err
	}
	r, err := s.store.Store.Load(ctx, now, k)
	r.Data = r.Data.Only(names)
	return r, err
}

// fieldSite is a manager on such a store, with a session that has the fields a to e, each with an object that has a field v.
type fieldSite struct {
	t        testing.TB
	store    *store
	clock    *clock
	sessions *atomicsession.Manager
	token    string
}

func newFieldSite(t testing.TB, opts atomicsession.Options) *fieldSite {
	t.Helper()
	site := &fieldSite{t: t, store: newStore(), clock: newClock()}
	opts.Now = site.clock.now
	site.sessions = newManager(t, fieldStore{site.store}, &opts)
	var changes []atomicsession.Change
	for _, name := range []string{"b", "c", "d", "e"} { // newToken sets a
		changes = append(changes, atomicsession.Path(name+".v").Set(name))
	}
	site.token = newToken(t, site.sessions, append(changes, atomicsession.User("ada"))...)
	site.store.took()
	return site
}

// calls runs f in a request of the session's browser, and expects the calls of the store.
func (site *fieldSite) calls(f call, want ...string) {
	site.t.Helper()
	if err := request(site.t, site.sessions, site.token, f); err != nil {
		site.t.Error(err)
	}
	wantCalls(site.t, site.store, want...)
}

// reads returns what reads fields, and expects what is in them.
func (site *fieldSite) reads(names ...string) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		for _, name := range names {
			v, ok, err := atomicsession.Path(name+".v").Get(ctx, s)
			if err != nil {
				return err
			}
			if want := name < "f"; ok != want || ok && v != name {
				site.t.Errorf("field %s holds %v, %v", name, v, ok)
			}
		}
		return nil
	}
}

// only returns what limits the first load to some places, and then does the rest.
func only(places []atomicsession.Place, then ...call) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		s.LoadOnly(places...)
		return inTurn(then...)(ctx, s)
	}
}

// inTurn returns what makes calls until one fails.
func inTurn(calls ...call) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		for _, c := range calls {
			if err := c(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
}

// at returns places inside fields.
func at(names ...string) (places []atomicsession.Place) {
	for _, name := range names {
		places = append(places, atomicsession.Path(name+".v"))
	}
	return places
}
