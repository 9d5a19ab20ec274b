package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// Whatever one request does, in whatever order, it then knows its session as the next request does.
func TestInfoIsTheSameInTheNextRequest(t *testing.T) {
	signedIn := atomicsession.If(atomicsession.SignedInWithin(time.Hour))
	steps := map[string]call{
		"document": document, "refresh": refresh, "peek": peek, "touch": touch,
		"update": update(atomicsession.Path("a").Set(1)), "label": update(atomicsession.Label("one")), "no label": update(atomicsession.Label("")),
		"renew": renew(), "sign-in": renew(atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd")), "bob": renew(atomicsession.User("bob")),
		"sudo": renew(atomicsession.AuthenticatedBy("otp")), "unbind": renew(atomicsession.User(""), atomicsession.Label("two")),
		"if": update(signedIn, atomicsession.Path("b").Set(1)), "short": renew(atomicsession.Lifetime(time.Minute)), "reset": reset(atomicsession.User("ann")),
		"sign-out": reset(atomicsession.Path("c").Set(1)), "destroy": destroy,
		"info": func(ctx context.Context, s *atomicsession.Session) error { _, _, err := s.Info(ctx); return err },
	}
	names := make([]string, 0, len(steps))
	for name := range steps {
		names = append(names, name)
	}
	for _, most := range []int{0, 1} {
		site := newSite(t, &atomicsession.Options{MaxSessions: most, Device: func(r *http.Request) map[string]string {
			return map[string]string{"agent": r.UserAgent()}
		}})
		b := site.browser()
		for round := range 300 {
			site.clock.advance(time.Second)
			var done []string
			var here atomicsession.Info
			var ok bool
			_ = b.from([]string{"x", "y"}[round%2], func(ctx context.Context, s *atomicsession.Session) (err error) {
				for range 1 + rand.IntN(4) {
					name := names[rand.IntN(len(names))]
					done = append(done, name)
					if err := steps[name](ctx, s); err != nil && !errors.Is(err, atomicsession.ErrNotFound) && !errors.Is(err, atomicsession.ErrReauthenticate) {
						t.Errorf("%s: %v", name, err)
					}
				}
				here, ok, err = s.Info(ctx)
				return err
			})
			there, okThere := atomicsession.Info{}, false
			_ = b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
				err = s.Peek(ctx)
				there, okThere, _ = s.Info(ctx)
				return err
			})
			if ok != okThere || fmt.Sprint(here) != fmt.Sprint(there) {
				t.Fatalf("after %s it is\n%+v, %v, and then\n%+v, %v", strings.Join(done, ", "), here, ok, there, okThere)
			}
		}
	}
}
