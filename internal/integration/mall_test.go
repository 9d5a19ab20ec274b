package integration

import (
	"context"
	"fmt"
	"html"
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// mall is a server with a shop at shop.test, where visitors fill a cart and sign in, and with pages of others at every other name.
type mall struct {
	t        *testing.T
	sessions *atomicsession.Manager
	ledger   *ledger
	server   *httptest.Server
	shop     *http.ServeMux // inside ProtectCSRF
	outside  *http.ServeMux // of ProtectCSRF
	others   *http.ServeMux // at other names

	signIn  func(context.Context, *atomicsession.Session) error
	signIns atomic.Int64
	ahead   atomic.Int64 // of the clock

	mu       sync.Mutex
	hold     func(at string, n int) // see holdAt
	requests []*noted               // to the shop
	loads    map[string]int
}

func byRenew(ctx context.Context, s *atomicsession.Session) error {
	return s.Renew(ctx, atomicsession.User("ann"))
}

func byReset(ctx context.Context, s *atomicsession.Session) error {
	return s.Reset(ctx, atomicsession.User("ann"))
}

func newMall(t *testing.T, opts atomicsession.Options) *mall {
	t.Helper()
	m := &mall{
		t: t, ledger: newLedger(memstore.New(nil)), signIn: byRenew, loads: make(map[string]int),
		shop: http.NewServeMux(), outside: http.NewServeMux(), others: http.NewServeMux(),
	}
	start := time.Now() // the clock stands still, lest ten seconds pass on a machine that is busy
	opts.Now = func() time.Time { return start.Add(time.Duration(m.ahead.Load())) }
	if opts.SignIn == "" {
		opts.SignIn = "/login"
	}
	var err error
	if m.sessions, err = atomicsession.New(m.ledger, &opts); err != nil {
		t.Fatal(err)
	}
	m.handle(m.shop, "GET /{$}", m.cart)
	m.handle(m.shop, "GET /add", m.add)
	m.handle(m.shop, "GET /login", m.form("Please sign in", "/login"))
	m.handle(m.shop, "POST /login", m.login)
	m.handle(m.shop, "GET /account", m.account)
	m.handle(m.shop, "GET /profile", m.profile)
	m.handle(m.shop, "POST /logout", m.logout)
	m.handle(m.shop, "GET /note", m.form("Your note, please", "/note"))
	m.handle(m.shop, "POST /note", m.note)
	m.handle(m.shop, "GET /notes", m.notes)
	m.handle(m.outside, "POST /api/add", m.apiAdd)
	m.outside.Handle("/", m.sessions.ProtectCSRF(m.shop))
	shop := m.record(m.sessions.Middleware(m.outside))
	m.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch name, _, _ := strings.Cut(r.Host, ":"); {
		case r.URL.Path == "/favicon.ico":
			http.NotFound(w, r)
		case name == "shop.test":
			shop.ServeHTTP(w, r)
		default:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			m.others.ServeHTTP(w, r)
		}
	}))
	m.server.EnableHTTP2 = true
	m.server.Config.ErrorLog = stdlog.New(io.Discard, "", 0) // Chromium opens connections that it does not use
	m.server.StartTLS()
	t.Cleanup(m.server.Close)
	return m
}

// overHTTP1 has the server speak nothing else, to browsers that come later.
func (m *mall) overHTTP1() { m.server.TLS.NextProtos = []string{"http/1.1"} }

// at returns the URL of a path under a name.
func (m *mall) at(name, path string) string {
	_, port, _ := strings.Cut(strings.TrimPrefix(m.server.URL, "https://"), ":")
	return fmt.Sprintf("https://%s:%s%s", name, port, path)
}

type answer = func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) error

// handle has the errors of a page answered by WriteError, as the documents advise.
func (m *mall) handle(mux *http.ServeMux, pattern string, p answer) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := p(w, r, m.sessions.Get(r.Context())); err != nil {
			m.sessions.WriteError(w, r, err)
		}
	})
}

// record notes requests and their answers.
func (m *mall) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted := &noted{ResponseWriter: w, mall: m, request: r.Method + " " + r.URL.Path}
		m.mu.Lock()
		m.requests = append(m.requests, noted)
		m.loads[noted.request]++
		m.mu.Unlock()
		next.ServeHTTP(noted, r)
	})
}

// noted is a request, and how it has been answered.
type noted struct {
	http.ResponseWriter
	mall    *mall
	request string
	status  int // 0 if it has not been
}

func (n *noted) WriteHeader(code int) {
	n.mall.mu.Lock()
	n.status = code
	n.mall.mu.Unlock()
	n.ResponseWriter.WriteHeader(code)
}

func (n *noted) Write(b []byte) (int, error) {
	n.mall.mu.Lock()
	if n.status == 0 {
		n.status = http.StatusOK
	}
	n.mall.mu.Unlock()
	return n.ResponseWriter.Write(b)
}

func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// holdAt has every sign-in call f before it signs in, as if to check the password (at is "check"), and before it answers ("answer"), every
// sign-out the same ("out", "gone"), and "add" before something gets into the cart. n counts sign-ins.
func (m *mall) holdAt(f func(at string, n int)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hold = f
}

func (m *mall) reach(at string, n int) {
	m.mu.Lock()
	f := m.hold
	m.mu.Unlock()
	if f != nil {
		f(at, n)
	}
}

// log returns the requests until now, and forgets them.
func (m *mall) log() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var requests []string
	for _, n := range m.requests {
		requests = append(requests, fmt.Sprint(n.request, " ", n.status))
	}
	m.requests = nil
	return requests
}

// wantFew fails if the shop has got more requests than that since the last call.
func (m *mall) wantFew(most int) {
	m.t.Helper()
	requests := m.log()
	if len(requests) > most {
		m.t.Errorf("%d requests, want %d at most: %q", len(requests), most, requests)
	}
}

// loaded returns how often the shop has got a request such as "GET /note".
func (m *mall) loaded(request string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.loads[request]
}

// begun returns how many sessions have begun.
func (m *mall) begun() int {
	m.ledger.mu.Lock()
	defer m.ledger.mu.Unlock()
	return len(m.ledger.keys)
}

// write writes a page with a text. It says how often its address has been asked for, so that a test can tell one time from the next.
func (m *mall) write(w http.ResponseWriter, r *http.Request, text, more string) {
	fmt.Fprintf(w, "<!doctype html><title>shop</title><p>%s (load %d)</p>%s", html.EscapeString(text), m.loaded(r.Method+" "+r.URL.Path), more)
}
