package gorillabridge_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// site is a server on which each visit does something else.
type site struct {
	t        *testing.T
	url      string
	handlers sync.Map // of visits, by number
	visits   atomic.Int64
	sessions *atomicsession.Manager
	calls    *calls
	store    sessions.Store
}

// calls is a store that counts what is asked of it, and can be away.
type calls struct {
	*memstore.Store
	n     atomic.Int64
	away  atomic.Bool
	after func() // an update, nil: nothing
}

func (c *calls) call() error {
	if c.n.Add(1); c.away.Load() {
		return driver.ErrUnavailable
	}
	return nil
}

func (c *calls) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := c.call(); err != nil {
		return err
	}
	return c.Store.Create(ctx, v, r)
}

func (c *calls) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := c.call(); err != nil {
		return driver.Record{}, err
	}
	return c.Store.Load(ctx, now, k)
}

func (c *calls) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := c.call(); err != nil {
		return driver.Result{}, err
	}
	if c.after != nil {
		defer c.after()
	}
	return c.Store.Update(ctx, now, k, u)
}

// newSite returns a site with a bridge.
func newSite(t *testing.T) *site { return newMoved(t, nil) }

// newMoved returns a site with a bridge, to which sessions are carried over.
func newMoved(t *testing.T, move *atomicsession.Import) *site {
	calls := &calls{Store: memstore.New(nil)}
	manager, err := atomicsession.New(calls, &atomicsession.Options{
		Import: move, Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := newSiteOf(t, gorillabridge.New(manager), manager.Middleware)
	s.sessions, s.calls = manager, calls
	return s
}

// newSiteOf returns a site with a store.
func newSiteOf(t *testing.T, store sessions.Store, middleware func(http.Handler) http.Handler) *site {
	s := &site{t: t, store: store}
	server := httptest.NewServer(middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, _ := s.handlers.LoadAndDelete(r.URL.Path)
		f.(http.HandlerFunc)(w, r)
	})))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// browser visits a site, with cookies.
type browser struct {
	*site
	client *http.Client
}

func (s *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{s, &http.Client{Jar: jar}}
}

// clone returns another tab, or a thief: a browser with the same cookies, whose changes are its own.
func (b *browser) clone() *browser {
	other := b.site.browser()
	u := mustRequest(b.t, b.url).URL
	other.client.Jar.SetCookies(u, b.client.Jar.Cookies(u))
	return other
}

func mustRequest(t *testing.T, url string) *http.Request {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
	}
	return r
}

// visit has the server do f, and returns the cookies of the answer.
func (b *browser) visit(f http.HandlerFunc) []*http.Cookie {
	b.t.Helper()
	path := "/" + strconv.FormatInt(b.visits.Add(1), 10)
	b.handlers.Store(path, f)
	resp, err := b.client.Do(mustRequest(b.t, b.url+path))
	if err != nil {
		b.t.Error(err)
		return nil
	}
	if err := resp.Body.Close(); err != nil {
		b.t.Error(err)
	}
	return resp.Cookies()
}

// change has a visit change the session of that name.
func (b *browser) change(name string, f func(*sessions.Session)) (cookies []*http.Cookie, err error) {
	cookies = b.visit(func(w http.ResponseWriter, r *http.Request) {
		var session *sessions.Session
		if session, err = b.store.Get(r, name); err == nil {
			f(session)
			err = session.Save(r, w)
		}
	})
	return cookies, err
}

// must is change, which must do.
func (b *browser) must(name string, f func(*sessions.Session)) []*http.Cookie {
	b.t.Helper()
	cookies, err := b.change(name, f)
	if err != nil {
		b.t.Error(err)
	}
	return cookies
}

// set sets a value.
func set(key, value any) func(*sessions.Session) {
	return func(s *sessions.Session) { s.Values[key] = value }
}

// remove removes the name.
func remove(s *sessions.Session) { s.Options.MaxAge = -1 }

// values returns what the session of that name holds.
func (b *browser) values(name string) (values map[any]any) {
	b.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		session, err := b.store.Get(r, name)
		if err != nil {
			b.t.Error(err)
		}
		values = session.Values
	})
	return values
}
