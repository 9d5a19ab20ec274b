package mongostore_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/mongostore"
)

// parity is a site of its own for a row of the table.
type parity struct {
	*site
	store   *mongostore.Store
	monitor *monitor
	clock   time.Time
}

func newParity(t *testing.T, opts *atomicsession.Options) *parity {
	t.Helper()
	p := &parity{monitor: new(monitor), clock: now.Truncate(time.Second)}
	p.store = newStore(t, collection(t, p.monitor.options()))
	if opts == nil {
		opts = new(atomicsession.Options)
	}
	opts.Now = func() time.Time { return p.clock }
	sessions, err := atomicsession.New(p.store, opts)
	if err != nil {
		t.Fatal(err)
	}
	p.site = newSite(t, sessions)
	return p
}

// present has the browser send this cookie from now on.
func (p *parity) present(c *http.Cookie) {
	p.t.Helper()
	u, err := url.Parse(p.server.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	c.Secure, c.Path = true, "/"
	p.browser.Jar.SetCookies(u, []*http.Cookie{c})
}

// wantCookie expects the response to set one cookie, with this name and what is left of this life.
func (p *parity) wantCookie(resp *http.Response, name string, maxAge time.Duration) {
	p.t.Helper()
	c := resp.Cookies()
	if len(c) != 1 || c[0].Name != name || c[0].MaxAge != int(maxAge/time.Second) {
		p.t.Errorf("cookies are %v, want %s for %v", c, name, maxAge)
	}
}

const fourteenDays = 14 * 24 * time.Hour

func parityKey(p *parity) {
	p = newParity(p.t, &atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "koa.sid"}})
	p.wantCookie(p.change(atomicsession.Path("a").Set(1)), "koa.sid", fourteenDays)
}

func parityMaxAge(p *parity) {
	p.wantCookie(p.change(atomicsession.Path("a").Set(1)), "__Host-session", fourteenDays)
	p = newParity(p.t, &atomicsession.Options{MaxAge: time.Hour})
	p.wantCookie(p.change(atomicsession.Path("a").Set(1)), "__Host-session", time.Hour)
}

func parityMonth(p *parity) {
	month, err := atomicsession.ParseDuration("1 month")
	if err != nil || month < 28*24*time.Hour || month > 31*24*time.Hour {
		p.t.Fatal(month, err)
	}
	p = newParity(p.t, &atomicsession.Options{MaxAge: month})
	p.wantCookie(p.change(atomicsession.Path("a").Set(1)), "__Host-session", month)
}

func parityLazy(p *parity) {
	p.change(atomicsession.Path("a").Set(1))
	p.monitor.take()
	resp := p.visit(func(context.Context, *atomicsession.Session) {})
	if names := p.monitor.take(); len(names) > 0 || len(resp.Cookies()) > 0 {
		p.t.Errorf("a request that does not use the session sends %v and gets %v", names, resp.Cookies())
	}
}

func parityTouch(p *parity) {
	p.change(atomicsession.Path("a").Set(1))
	for _, call := range []sessionCall{
		func(ctx context.Context, s *atomicsession.Session) error { return s.Touch(ctx) },
		func(ctx context.Context, s *atomicsession.Session) error {
			return s.Update(ctx, atomicsession.Path("a").Set(2))
		},
	} {
		p.clock = p.clock.Add(24 * time.Hour)
		p.visit(func(ctx context.Context, s *atomicsession.Session) {
			if err := call(ctx, s); err != nil {
				p.t.Error(err)
			}
			if info, ok, err := s.Info(ctx); !ok || err != nil || !info.Expires.Equal(p.clock.Add(fourteenDays)) {
				p.t.Errorf("%v, %v, %v", info, ok, err)
			}
		})
	}
}

// "session.set('message', 'hello').then(session.update)"
func parityUpdate(p *parity) {
	p.change(atomicsession.Path("other").Set(1))
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		p.monitor.take()
		if err := s.Update(ctx, atomicsession.Path("message").Set("hello")); err != nil {
			p.t.Error(err)
		}
		if v, ok, err := atomicsession.Path("message").Get(ctx, s); v != "hello" || !ok || err != nil {
			p.t.Errorf("message is %v, %v, %v", v, ok, err)
		}
		if names := p.monitor.take(); !slices.Equal(names, []string{"findAndModify"}) {
			p.t.Errorf("a change and a look at it send %v", names)
		}
		if err := s.Refresh(ctx); err != nil {
			p.t.Error(err)
		}
		if v, ok, err := atomicsession.Path("other").Get(ctx, s); v != int64(1) || !ok || err != nil {
			p.t.Errorf("other is %v, %v, %v", v, ok, err)
		}
	})
}

// "Destroys the session without creating a new one."
func parityDestroy(p *parity) {
	p.change(atomicsession.Path("a").Set(1))
	ended := p.cookie()
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Destroy(ctx); err != nil {
			p.t.Error(err)
		}
	})
	p.monitor.take()
	if got := p.document(); got != `{}` || len(p.monitor.take()) > 0 {
		p.t.Errorf("there is a session %s", got)
	}
	p.present(ended)
	if got := p.document(); got != `{}` {
		p.t.Errorf("the cookie opens %s", got)
	}
}

// "Creates a brand new session."
func parityReset(p *parity) {
	p.change(atomicsession.Path("a").Set(1))
	old := p.cookie()
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Reset(ctx, atomicsession.Path("b").Set(2)); err != nil {
			p.t.Error(err)
		}
	})
	if got := p.document(); got != `{"b":2}` || p.cookie().Value == old.Value {
		p.t.Errorf("the new session is %s", got)
	}
	p.present(old)
	p.clock = p.clock.Add(driver.RenewalWindow)
	if got := p.document(); got != `{}` {
		p.t.Errorf("the old cookie opens %s", got)
	}
}

func parityCSRF(p *parity) {
	var token string
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		var err error
		if token, err = s.CSRFToken(ctx); err != nil {
			p.t.Error(err)
		}
	})
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.VerifyCSRF(ctx, token); err != nil {
			p.t.Error(err)
		}
		if err := s.VerifyCSRF(ctx, token+"x"); err == nil {
			p.t.Error("a wrong token is accepted")
		}
	})
	p.server.Config.Handler = p.sessions.Middleware(p.sessions.ProtectCSRF(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})))
	for header, want := range map[string]int{token: http.StatusNoContent, token + "x": http.StatusForbidden, "": http.StatusForbidden} {
		r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.server.URL, http.NoBody)
		if err != nil {
			p.t.Fatal(err)
		}
		r.Header.Set("X-CSRF-Token", header)
		resp, err := p.browser.Do(r)
		if err != nil {
			p.t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			p.t.Errorf("ProtectCSRF answers %d, want %d", resp.StatusCode, want)
		}
	}
}

func parityEnsureIndex(p *parity) {
	for range 2 {
		if err := p.store.EnsureIndexes(p.t.Context()); err != nil {
			p.t.Error(err)
		}
	}
}

// "Asynchronously attach the collection; you should not start the app until you do this."
func parityAttach(p *parity) {
	sessions, err := atomicsession.New(nil, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.site = newSite(p.t, sessions)
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Update(ctx, atomicsession.Path("a").Set(1)); !errors.Is(err, atomicsession.ErrNoStore) {
			p.t.Errorf("without a collection: %v", err)
		}
	})
	if err := sessions.Attach(p.store); err != nil {
		p.t.Fatal(err)
	}
	p.change(atomicsession.Path("a").Set(1))
	if got := p.document(); got != `{"a":1}` {
		p.t.Errorf("with a collection: %s", got)
	}
}

// Signed cookies whose keys change.
func paritySignedCookies(p *parity) {
	key := func(b byte) atomicsession.SigningKey { return slices.Repeat([]byte{b, ^b}, 16) }
	with := func(keys ...atomicsession.SigningKey) *parity {
		sessions, err := atomicsession.New(p.store, &atomicsession.Options{SigningKeys: keys})
		if err != nil {
			p.t.Fatal(err)
		}
		return &parity{site: newSite(p.t, sessions)}
	}
	before := with(key(1))
	before.change(atomicsession.Path("a").Set(1))
	for _, after := range []struct {
		*parity
		want string
	}{
		{with(key(2), key(1)), `{"a":1}`},
		{with(key(2)), `{}`},
	} {
		after.present(before.cookie())
		if got := after.document(); got != after.want {
			p.t.Errorf("after the change of keys: %s, want %s", got, after.want)
		}
	}
}

// An operation of its own: no name begins with a dollar.
func parityArrayFilters(p *parity) {
	p.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Update(ctx, atomicsession.Path("l.$[x].n").Set(1)); !errors.Is(err, atomicsession.ErrPath) {
			p.t.Errorf("%v instead of %v", err, atomicsession.ErrPath)
		}
	})
	commands{{
		"where", `{"l":[{"n":1,"x":1},{"x":2}]}`,
		[]atomicsession.Change{atomicsession.Path("l").Where(atomicsession.Path("x").Eq(2)).Do(atomicsession.Path("n").Inc(1))},
		`{"l":[{"n":1,"x":1},{"n":1,"x":2}]}`,
	}}.test(p)
}
