package atomicsession_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// clock is a clock that stands still unless it is moved.
type clock struct{ ms atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.ms.Store(time.Date(2026, 3, 1, 12, 0, 0, int(250*time.Millisecond), time.UTC).UnixMilli())
	return c
}

func (c *clock) now() time.Time          { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// store is a memstore that counts the calls and lets a test step in.
type store struct {
	*memstore.Store
	mu    sync.Mutex
	calls []string
	hook  func(ctx context.Context, call string) error
	swept atomic.Int64 // records
}

// before sets what is asked before every call that follows: its error is the answer.
func (s *store) before(hook func(ctx context.Context, call string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

// fail makes the calls named fail with err; no name is all.
func (s *store) fail(err error, names ...string) {
	s.before(func(_ context.Context, call string) error {
		if len(names) == 0 || slices.Contains(names, call) {
			return err
		}
		return nil
	})
}

func (s *store) enter(ctx context.Context, call string) error {
	s.mu.Lock()
	s.calls = append(s.calls, call)
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(ctx, call)
}

// took returns the calls since it was last asked.
func (s *store) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls
	s.calls = nil
	return calls
}

func (s *store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := s.enter(ctx, "create"); err != nil {
		return err
	}
	return s.Store.Create(ctx, v, r)
}

func (s *store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := s.enter(ctx, "load"); err != nil {
		return driver.Record{}, err
	}
	return s.Store.Load(ctx, now, k)
}

func (s *store) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	if err := s.enter(ctx, "update"); err != nil {
		return driver.Result{}, err
	}
	return s.Store.Update(ctx, now, k, u)
}

func (s *store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.enter(ctx, "delete"); err != nil {
		return err
	}
	return s.Store.Delete(ctx, now, k)
}

func (s *store) Sweep(ctx context.Context, now time.Time, limit int) (int, error) {
	if err := s.enter(ctx, "sweep"); err != nil {
		return 0, err
	}
	n, err := s.Store.Sweep(ctx, now, limit)
	s.swept.Add(int64(n))
	return n, err
}

// rows returns how many records there are, expired ones included: a sweep at the end of time counts them.
func (s *store) rows(t testing.TB) int {
	t.Helper()
	n, err := s.Store.Sweep(context.Background(), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// site is an HTTPS server with sessions.
type site struct {
	t        testing.TB
	store    *store
	clock    *clock
	sessions *atomicsession.Manager
	server   *httptest.Server
	handlers sync.Map // by path
	paths    atomic.Int64
}

type handler func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session)

func newStore() *store { return &store{Store: memstore.New(nil)} }

func newSite(t testing.TB, opts *atomicsession.Options) *site {
	t.Helper()
	if opts == nil {
		opts = new(atomicsession.Options)
	}
	site := &site{t: t, store: newStore(), clock: newClock()}
	opts.Now = site.clock.now
	site.sessions = newManager(t, site.store, opts)
	site.server = httptest.NewTLSServer(site.sessions.Middleware(http.HandlerFunc(site.serve)))
	t.Cleanup(site.server.Close)
	site.server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64 // TLS handshakes are slow under -race
	return site
}

func newManager(t testing.TB, s driver.Store, opts *atomicsession.Options) *atomicsession.Manager {
	t.Helper()
	m, err := atomicsession.New(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (site *site) serve(w http.ResponseWriter, r *http.Request) {
	h, ok := site.handlers.LoadAndDelete(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h.(handler)(w, r, site.sessions.Get(r.Context()))
}

// browser visits a site and keeps its cookies.
type browser struct {
	site   *site
	client *http.Client
}

func (site *site) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		site.t.Fatal(err)
	}
	client := *site.server.Client()
	client.Jar = jar
	return &browser{site, &client}
}

// visit makes a request that h answers, in the server's goroutine.
func (b *browser) visit(h handler) *http.Response {
	b.site.t.Helper()
	return b.send(http.MethodGet, nil, h)
}

func (b *browser) send(method string, prepare func(*http.Request), h handler) *http.Response {
	b.site.t.Helper()
	path := "/" + strconv.FormatInt(b.site.paths.Add(1), 10)
	b.site.handlers.Store(path, h)
	req, err := http.NewRequest(method, b.site.server.URL+path, nil)
	if err != nil {
		b.site.t.Fatal(err)
	}
	if prepare != nil {
		prepare(req)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.site.t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		b.site.t.Fatal(err)
	}
	return resp
}

// do runs f within a request and returns its error.
func (b *browser) do(f func(ctx context.Context, s *atomicsession.Session) error) (err error) {
	b.site.t.Helper()
	b.visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) { err = f(r.Context(), s) })
	return err
}

func (b *browser) update(changes ...atomicsession.Change) error {
	b.site.t.Helper()
	return b.do(func(ctx context.Context, s *atomicsession.Session) error { return s.Update(ctx, changes...) })
}

// must is update for what cannot fail.
func (b *browser) must(changes ...atomicsession.Change) {
	b.site.t.Helper()
	if err := b.update(changes...); err != nil {
		b.site.t.Fatal(err)
	}
}

// document returns the session's document as text.
func (b *browser) document() (text string) {
	b.site.t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		doc, err := s.Document(ctx)
		text = doc.String()
		return err
	})
	if err != nil {
		b.site.t.Fatal(err)
	}
	return text
}

func (b *browser) wantDocument(want string) {
	b.site.t.Helper()
	if got := b.document(); got != want {
		b.site.t.Errorf("document is %s, want %s", got, want)
	}
}

func (b *browser) info() (info atomicsession.Info, ok bool) {
	b.site.t.Helper()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
		info, ok, err = s.Info(ctx)
		return err
	})
	if err != nil {
		b.site.t.Fatal(err)
	}
	return info, ok
}

// token returns the value of the session's cookie, "" if the browser has none.
func (b *browser) token() string {
	for _, c := range b.client.Jar.Cookies(b.url()) {
		return c.Value
	}
	return ""
}

// clone returns a browser with the same cookies, which then go their own way.
func (b *browser) clone() *browser {
	c := b.site.browser()
	c.client.Jar.SetCookies(b.url(), b.jarCookies())
	return c
}

func (b *browser) jarCookies() []*http.Cookie {
	cookies := b.client.Jar.Cookies(b.url())
	for _, c := range cookies {
		c.Secure, c.Path = true, "/"
	}
	return cookies
}

func (b *browser) url() *url.URL {
	u, err := url.Parse(b.site.server.URL)
	if err != nil {
		b.site.t.Fatal(err)
	}
	return u
}

// sessionCookie returns the session cookie that a response sets, nil if none.
func sessionCookie(resp *http.Response) *http.Cookie {
	for _, c := range resp.Cookies() {
		if c.Name == "__Host-session" {
			return c
		}
	}
	return nil
}

func wantCalls(t testing.TB, s *store, want ...string) {
	t.Helper()
	if got := s.took(); !slices.Equal(got, want) {
		t.Errorf("the store was called %q, want %q", got, want)
	}
}

// request runs f within a request with the given cookie, without a server, and returns f's error.
func request(t testing.TB, m *atomicsession.Manager, token string, f func(context.Context, *atomicsession.Session) error) (err error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if token != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-session", Value: token})
	}
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = f(r.Context(), m.Get(r.Context()))
	})).ServeHTTP(httptest.NewRecorder(), r)
	return err
}
