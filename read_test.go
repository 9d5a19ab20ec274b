package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession"
)

func TestRead(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(name.Set("Ann"), visits.Set(3), tags.Set([]string{"a"}))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		site.store.took()
		who, n, points, list, any1 := "stranger", int64(1), 2.5, []string{"left"}, any("left")
		err := s.Read(ctx, name.Into(&who), visits.Into(&n), score.Into(&points), tags.Into(&list), atomicsession.Path("tags.0").Into(&any1))
		if who != "Ann" || n != 3 || points != 2.5 || !slices.Equal(list, []string{"a"}) || any1 != "a" {
			t.Errorf("read %q, %d, %v, %q, %v", who, n, points, list, any1)
		}
		err = errors.Join(err, s.Read(ctx), s.Read(ctx, name.Into(&who)))
		if calls := site.store.took(); !slices.Equal(calls, []string{"load"}) {
			t.Errorf("the store was asked for %q", calls)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	err = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		err := s.Update(ctx, visits.Inc(1))
		site.store.took()
		var n int64
		err = errors.Join(err, s.Read(ctx, visits.Into(&n)))
		if calls := site.store.took(); n != 4 || len(calls) > 0 {
			t.Errorf("read %d; the store was asked for %q", n, calls)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	who := "stranger"
	if err := site.browser().do(func(ctx context.Context, s *atomicsession.Session) error { return s.Read(ctx, name.Into(&who)) }); who != "stranger" || err != nil {
		t.Errorf("without a session: %q, %v", who, err)
	}
}

// One error tells of all that does not fit, and what does is read all the same.
func TestReadFails(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(name.Set("Ann"), visits.Set(3), score.Set(1.5))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		n, list, m, whole, lenient := int64(1), []string{"left"}, map[string]int{"left": 1}, 7, 8
		err := s.Read(ctx, visits.Into(&n), atomicsession.NewList[string]("name").Into(&list), atomicsession.NewMap[int]("name").Into(&m),
			atomicsession.NewKey[int]("score").Into(&whole), atomicsession.NewKey[int]("score").Lenient().Into(&lenient))
		if n != 3 || !slices.Equal(list, []string{"left"}) || m["left"] != 1 || whole != 7 || lenient != 8 {
			t.Errorf("read %d, %q, %v, %d, %d", n, list, m, whole, lenient)
		}
		return err
	})
	const want = `session read: read "name": wrong type: a stored string does not fit type []string; ` +
		`read "name": wrong type: a stored string does not fit type map[string]int; read "score": wrong type: a stored float does not fit type int`
	if !errors.Is(err, atomicsession.ErrType) || err.Error() != want || atomicsession.StatusCode(err) != 500 {
		t.Errorf("error is %v, want %s", err, want)
	}

	var typed string
	var channel chan int
	down := errors.New("down")
	for name, c := range map[string]struct {
		into atomicsession.Into
		want error
	}{
		"malformed path": {atomicsession.NewKey[string]("a..b").Into(&typed), atomicsession.ErrPath},
		"no such field":  {atomicsession.NewKey[string]("x").Of(cart.Index(0)).Into(&typed), atomicsession.ErrPath},
		"unreadable":     {atomicsession.NewKey[chan int]("a").Into(&channel), atomicsession.ErrType},
		"nil":            {atomicsession.NewKey[string]("name").Into(nil), atomicsession.ErrValue},
		"zero":           {atomicsession.Into{}, atomicsession.ErrValue},
		"store":          {atomicsession.NewKey[string]("name").Into(&typed), down},
	} {
		site.store.fail(down)
		if err := b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.Read(ctx, c.into) }); !errors.Is(err, c.want) || typed != "" {
			t.Errorf("%s: error is %v, want %v; read %q", name, err, c.want, typed)
		}
	}
}

// The user can be read with the rest, and leaves its variable as it is where there is none.
func TestReadUser(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	read := func(wantUser string, wantCalls []string, into ...atomicsession.Into) {
		t.Helper()
		user := "nobody"
		err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
			site.store.took()
			return s.Read(ctx, append(into, atomicsession.UserInto(&user))...)
		})
		if calls := site.store.took(); user != wantUser || !slices.Equal(calls, wantCalls) || err != nil {
			t.Errorf("user %q, calls %q, %v", user, calls, err)
		}
	}
	n := int64(0)
	read("nobody", nil)
	b.must(visits.Set(3))
	read("nobody", []string{"load"}, visits.Into(&n))
	b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		must(t, s.Renew(r.Context(), atomicsession.User("42")))
	})
	read("42", []string{"load"})
	read("42", []string{"load"}, visits.Into(&n))
	if n != 3 {
		t.Errorf("%d visits", n)
	}

	list, err := site.sessions.UserSessions(t.Context(), "42")
	must(t, err)
	who := ""
	if _, err := site.sessions.ReadSession(t.Context(), "42", list[0].ID, atomicsession.UserInto(&who), visits.Into(&n)); who != "42" || err != nil {
		t.Errorf("from outside: %q, %v", who, err)
	}
	err = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		return s.Read(ctx, visits.Into(&n), atomicsession.UserInto(nil))
	})
	if !errors.Is(err, atomicsession.ErrValue) {
		t.Errorf("nowhere to put it: %v", err)
	}
}
