package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func csrf(ctx context.Context, s *atomicsession.Session) error {
	token, err := s.CSRFToken(ctx)
	return errors.Join(err, s.VerifyCSRF(ctx, token))
}

// TestLoadOnly counts the calls of requests that say what they read.
func TestLoadOnly(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{})
	none := []atomicsession.Place{}
	for name, test := range map[string]struct {
		f    call
		want []string
	}{
		"without a word":         {inTurn(site.reads("b", "c"), document), []string{"load"}},
		"five fields":            {only(at("e", "d", "c", "b", "f"), site.reads("b", "c", "d", "e", "f"), info), []string{"load b c d e f"}},
		"several of a field":     {only(append(at("b"), atomicsession.NewCounter("b")), site.reads("b")), []string{"load b"}},
		"one that is not named":  {only(at("b"), site.reads("b", "c", "d", "e", "b"), document), []string{"load b", "load"}},
		"one not named first":    {only(at("b"), site.reads("c", "b"), document, info), []string{"load"}},
		"the document":           {only(at("b"), document, site.reads("b", "c")), []string{"load"}},
		"no field":               {only(none, exists, info, csrf), []string{"load "}},
		"no place":               {only(nil, exists, site.reads("b")), []string{"load ", "load"}},
		"the latest call counts": {only(at("b"), only(at("c"), site.reads("c"))), []string{"load c"}},
		"too late":               {inTurn(exists, only(at("b"), site.reads("c"))), []string{"load"}},
		"what is no place":       {only(append(at("c", "a.."), nil), site.reads("c")), []string{"load c"}},
		"after an update": {
			only(at("b", "c"), update(atomicsession.Path("d.v").Set("d")), site.reads("d"), exists, site.reads("b", "c", "d")),
			[]string{"update", "load b c"},
		},
		"updates of what is known": {
			only(at("b"), site.reads("b"), update(atomicsession.Path("b.n").Inc(1)), update(atomicsession.Path("c.v").Set("c")), site.reads("b", "c")),
			[]string{"load b", "update", "update"},
		},
		"refreshed": {
			only(at("b"), site.reads("c"), refresh, site.reads("b"), exists, site.reads("c", "d")),
			[]string{"load", "load b", "load"},
		},
		"refreshed for another": {only(at("b"), exists, only(at("c"), refresh, site.reads("c"))), []string{"load b", "load c"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := request(t, site.sessions, site.token, test.f); err != nil {
				t.Error(err)
			}
			wantCalls(t, site.store, test.want...)
		})
	}
}

// TestLoadOnlyOption has the manager say what requests read.
func TestLoadOnlyOption(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{LoadOnly: at("b")})
	site.calls(site.reads("b"), "load b")
	site.calls(inTurn(exists, site.reads("b", "c", "d")), "load b", "load")
	site.calls(only(at("c"), site.reads("c")), "load c")
	site.calls(func(ctx context.Context, s *atomicsession.Session) error {
		v := ""
		err := s.Read(ctx, atomicsession.NewKey[string]("b.v").Into(&v))
		if v != "b" {
			t.Errorf("b holds %q", v)
		}
		return err
	}, "load b")

	site = newFieldSite(t, atomicsession.Options{LoadOnly: []atomicsession.Place{}})
	site.calls(inTurn(exists, info, csrf), "load ")
	site.calls(site.reads("b", "c"), "load")

	for _, p := range []atomicsession.Place{nil, atomicsession.Path("a..b"), atomicsession.NewKey[int]("")} {
		opts := &atomicsession.Options{LoadOnly: []atomicsession.Place{p}}
		if _, err := atomicsession.New(nil, opts); !errors.Is(err, atomicsession.ErrPath) {
			t.Errorf("New with %v: error %v, want %v", p, err, atomicsession.ErrPath)
		}
	}
}

// TestLoadOnlyMany names more fields than are worth it.
func TestLoadOnlyMany(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{LoadOnly: at("b")})
	names := make([]string, driver.MaxFields+1)
	for i := range names {
		names[i] = fmt.Sprintf("f%03d", i)
	}
	site.calls(only(at(names...), exists, site.reads("b")), "load")
	site.calls(only(at(names[1:]...), exists, site.reads("b")), "load "+strings.Join(names[1:], " "), "load")
}

// TestLoadOnlyWhereItCannot has a store that does not load single fields.
func TestLoadOnlyWhereItCannot(t *testing.T) {
	s := newStore()
	m := newManager(t, s, &atomicsession.Options{LoadOnly: []atomicsession.Place{}})
	token := newToken(t, m)
	s.took()
	if err := request(t, m, token, only(at("b"), exists, document, get("a"))); err != nil {
		t.Error(err)
	}
	wantCalls(t, s, "load")
	_ = request(t, m, "", only(at("b"), exists, document, get("a"))) // nobody's
	wantCalls(t, s)
	m.Get(t.Context()).LoadOnly(at("b")...) // outside of the middleware
}

// TestLoadOnlyUses looks at when a part that was read has extended the session.
func TestLoadOnlyUses(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{LoadOnly: at("b")})
	for range 3 {
		site.clock.advance(24 * time.Hour)
		site.calls(inTurn(site.reads("b", "c"), exists), "load b", "update", "load")
		site.calls(inTurn(site.reads("b", "c"), exists), "load b", "load")
	}
	for range 3 {
		site.clock.advance(24 * time.Hour)
		site.calls(inTurn(peek, site.reads("b", "c"), document), "load b", "load") // it is no use
	}
	site.calls(inTurn(peek, refresh, site.reads("b", "c")), "load b", "load b", "update", "load")
	site.clock.advance(24 * time.Hour)
	site.store.fail(driver.ErrUnavailable, "load b")
	site.calls(func(ctx context.Context, s *atomicsession.Session) error {
		if err := s.Peek(ctx); !errors.Is(err, driver.ErrUnavailable) {
			t.Errorf("Peek: %v", err)
		}
		return site.reads("c")(ctx, s)
	}, "load b", "load", "update")
}

// TestLoadOnlyInfo: what a session says of itself is the same whatever else was loaded, and follows the request's own changes.
func TestLoadOnlyInfo(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{})
	infos := map[string]atomicsession.Info{}
	for name, places := range map[string][]atomicsession.Place{"none": {}, "b": at("b"), "all": nil} {
		site.calls(func(ctx context.Context, s *atomicsession.Session) error {
			if places != nil {
				s.LoadOnly(places...)
			}
			if err := inTurn(exists, update(atomicsession.Label("x")))(ctx, s); err != nil {
				return err
			}
			in, _, err := s.Info(ctx)
			infos[name] = in
			return err
		}, map[string]string{"none": "load ", "b": "load b", "all": "load"}[name], "update")
	}
	if in := infos["all"]; in.Label != "x" || in.User != "ada" || in.Authenticated.IsZero() {
		t.Errorf("it says of itself %+v", in)
	}
	for name, in := range infos {
		if !reflect.DeepEqual(in, infos["all"]) {
			t.Errorf("with %s loaded it says of itself %+v, else %+v", name, in, infos["all"])
		}
	}
}

// TestLoadOnlyEnds has the session end or be renewed between the two loads of a request, and before one of another.
func TestLoadOnlyEnds(t *testing.T) {
	for name, end := range map[string]struct {
		call call
		want error
	}{
		"ended":     {destroy, atomicsession.ErrNotFound},
		"overtaken": {renew(), atomicsession.ErrRenewed},
	} {
		t.Run(name, func(t *testing.T) {
			site := newFieldSite(t, atomicsession.Options{LoadOnly: at("b")})
			site.calls(func(ctx context.Context, s *atomicsession.Session) error {
				err := site.reads("b")(ctx, s)
				wantCalls(t, site.store, "load b")
				err = errors.Join(err, request(t, site.sessions, site.token, end.call))
				if err = errors.Join(err, site.reads("b")(ctx, s)); err != nil { // as it was
					t.Error(err)
				}
				site.store.took()
				for _, c := range []call{get("c"), update(atomicsession.Path("n").Inc(1)), refresh} {
					if err := c(ctx, s); !errors.Is(err, end.want) {
						t.Errorf("error %v, want %v", err, end.want)
					}
				}
				return wantsNothing(t)(ctx, s)
			}, "load")
			site.calls(wantsNothing(t), "load b")
		})
	}
}

func wantsNothing(t *testing.T) call {
	return func(ctx context.Context, s *atomicsession.Session) error {
		for _, name := range []string{"b", "c"} {
			if v, ok, err := atomicsession.Path(name).Get(ctx, s); ok || err != nil {
				t.Errorf("field %s holds %v, error %v", name, v, err)
			}
		}
		ok, err := s.Exists(ctx)
		if ok {
			t.Error("there is a session")
		}
		return err
	}
}

// TestLoadOnlyAtOnce has goroutines of one request say what they read, and read it.
func TestLoadOnlyAtOnce(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{})
	err := request(t, site.sessions, site.token, func(ctx context.Context, s *atomicsession.Session) error {
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				name := string(rune('b' + i%4))
				s.LoadOnly(at(name)...)
				if err := site.reads(name)(ctx, s); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if calls := site.store.took(); len(calls) == 0 || len(calls) > 2 {
		t.Errorf("the store was called %q, want at most two loads", calls)
	}
}

// TestReadSessionFields reads from outside no more than it puts into variables.
func TestReadSessionFields(t *testing.T) {
	site := newFieldSite(t, atomicsession.Options{})
	list, err := site.sessions.UserSessions(t.Context(), "ada")
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	site.store.took()
	b, e := "", ""
	in, err := site.sessions.ReadSession(t.Context(), "ada", list[0].ID,
		atomicsession.NewKey[string]("e.v").Into(&e), atomicsession.NewKey[string]("b.v").Into(&b))
	if err != nil || b != "b" || e != "e" || in.User != "ada" {
		t.Errorf("it read %q, %q of %+v: %v", b, e, in, err)
	}
	wantCalls(t, site.store, "load b e")
	if _, err := site.sessions.ReadSession(t.Context(), "ada", list[0].ID); err != nil {
		t.Error(err)
	}
	wantCalls(t, site.store, "load ")
}
