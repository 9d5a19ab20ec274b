package scsbridge_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
)

// site is an application of scs on a server, whose handlers wait for the test where it says so.
type site struct {
	*httptest.Server
	sm     *scs.SessionManager
	bridge *scsbridge.Bridge
	routes *http.ServeMux
}

// newSite returns one with a bridge to store or, if that is nil, with scs alone.
func newSite(t *testing.T, store driver.Store) *site {
	t.Helper()
	s := &site{sm: scs.New(), routes: http.NewServeMux()}
	if store != nil {
		s.bridge = scsbridge.Use(s.sm, store, nil)
		s.sm.ErrorFunc = s.bridge.ErrorFunc
	}
	s.Server = httptest.NewServer(s.sm.LoadAndSave(s.routes))
	t.Cleanup(s.Close)
	s.handle("/put", func(ctx context.Context, r *http.Request) error {
		s.sm.Put(ctx, r.FormValue("key"), r.FormValue("value"))
		return nil
	})
	s.handle("/login", func(ctx context.Context, r *http.Request) error {
		err := s.sm.RenewToken(ctx)
		s.sm.Put(ctx, "user", r.FormValue("user"))
		return err
	})
	s.handle("/logout", func(ctx context.Context, _ *http.Request) error { return s.sm.Destroy(ctx) })
	return s
}

// handle serves a path: do is what the handler does to the session that it has.
func (s *site) handle(path string, do func(ctx context.Context, r *http.Request) error) {
	s.routes.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if err := do(r.Context(), r); err != nil {
			w.WriteHeader(atomicsession.StatusCode(err))
		}
	})
}

// gate stops requests in the middle.
type gate struct{ entered, open chan struct{} }

func newGate() gate { return gate{make(chan struct{}), make(chan struct{})} }

// wait is where a request stops.
func (g gate) wait() {
	g.entered <- struct{}{}
	<-g.open
}

// browser is a visitor.
type browser struct {
	t    *testing.T
	site *site
	*http.Client
}

func (s *site) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, s, &http.Client{Jar: jar}}
}

// get makes a request and returns its status, and the token of the cookie that came back, "" if none did.
func (b *browser) get(path string) (status int, token string) {
	r, err := b.Get(b.site.URL + path)
	if err != nil {
		b.t.Error(err)
		return 0, ""
	}
	r.Body.Close()
	for _, c := range r.Cookies() {
		token = c.Value
	}
	return r.StatusCode, token
}

// must makes a request that succeeds.
func (b *browser) must(path string) (token string) {
	b.t.Helper()
	status, token := b.get(path)
	if status != http.StatusOK {
		b.t.Errorf("%s: %d", path, status)
	}
	return token
}

// slow makes a request that stops at the gate, and returns what has it go on, to its status and token.
func (b *browser) slow(g gate, path string) (finish func() (int, string)) {
	type reply struct {
		status int
		token  string
	}
	replies := make(chan reply, 1)
	go func() {
		status, token := b.get(path)
		replies <- reply{status, token}
	}()
	<-g.entered
	return func() (int, string) {
		g.open <- struct{}{}
		r := <-replies
		return r.status, r.token
	}
}

// stored returns what the session of a token holds, nil if there is none.
func (s *site) stored(t *testing.T, token string) map[string]any {
	t.Helper()
	bytes, found, err := s.sm.Store.Find(token)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return nil
	}
	_, values, err := s.sm.Codec.Decode(bytes)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// keys returns the keys of a session, sorted.
func keys(values map[string]any) []string {
	var keys []string
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// live returns how many sessions there are.
func (s *site) live(t *testing.T) int {
	t.Helper()
	all, err := s.bridge.AllCtx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
