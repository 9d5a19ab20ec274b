package devices_test

import (
	"html"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/memstore"
)

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
	chrome  = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36"
	safari  = "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1"
)

// site is an HTTPS server with the page at /account/devices, and cookies of the strictest kind.
type site struct {
	*testing.T
	store    *store
	sessions *atomicsession.Manager
	server   *httptest.Server
	ms       atomic.Int64 // the clock
}

func (s *site) now() time.Time          { return time.UnixMilli(s.ms.Load()).UTC() }
func (s *site) advance(d time.Duration) { s.ms.Add(d.Milliseconds()) }

const path = "/account/devices"

func newSite(t *testing.T, opts *devices.Options, change ...func(*atomicsession.Options)) *site {
	t.Helper()
	s := &site{T: t, store: &store{Store: memstore.New(nil)}}
	s.ms.Store(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	sessionOpts := &atomicsession.Options{
		Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteStrictMode}, SignIn: "/login", Now: s.now,
		Device: func(r *http.Request) map[string]string {
			if city := r.URL.Query().Get("city"); city != "" {
				return map[string]string{"City": city}
			}
			return nil
		},
	}
	for _, f := range change {
		f(sessionOpts)
	}
	var err error
	if s.sessions, err = atomicsession.New(s.store, sessionOpts); err != nil {
		t.Fatal(err)
	}
	if opts == nil {
		opts = &devices.Options{}
	}
	opts.Now = s.now
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	page, err := devices.New(s.sessions, opts)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(path, page)
	mux.Handle("/shop/", http.StripPrefix("/shop/account", page))
	mux.HandleFunc("/login", s.login)
	mux.HandleFunc("/user", func(w http.ResponseWriter, r *http.Request) {
		user, _ := s.sessions.Get(r.Context()).User(r.Context())
		_, _ = io.WriteString(w, user)
	})
	s.server = httptest.NewUnstartedServer(s.sessions.Middleware(mux))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	return s
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("user") == "" {
		return
	}
	err := s.sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User(q.Get("user")), atomicsession.Label(q.Get("label")),
		atomicsession.AuthenticatedBy(strings.Fields(q.Get("methods"))...))
	s.sessions.WriteError(w, r, err)
}

// browser keeps cookies and follows no redirect.
type browser struct {
	site  *site
	http  http.Client
	agent string
}

func (s *site) browser(agent string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	b := &browser{s, *s.server.Client(), agent}
	b.http.Jar = jar
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// signedIn is a browser that has signed in, with more fields of the form if they are given: "label=my phone".
func (s *site) signedIn(agent, user string, fields ...string) *browser {
	s.Helper()
	b := s.browser(agent)
	q := url.Values{"user": {user}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		q.Set(name, value)
	}
	if a := b.get("/login?" + q.Encode()); a.status != http.StatusOK {
		s.Fatalf("sign-in: %d", a.status)
	}
	return b
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) send(method, target string, form url.Values, header ...string) answer {
	b.site.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.site.Context(), method, b.site.server.URL+target, body)
	if err != nil {
		b.site.Fatal(err)
	}
	r.Header.Set("User-Agent", b.agent)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.site.Error(err)
		return answer{header: http.Header{}}
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.site.Error(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func (b *browser) get(target string, header ...string) answer {
	b.site.Helper()
	return b.send(http.MethodGet, target, nil, header...)
}

// user returns whom the browser is signed in as.
func (b *browser) user() string { b.site.Helper(); return b.get("/user").body }

var (
	link  = regexp.MustCompile(`href="(\?device=[^"]+)"`)
	input = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	tags  = regexp.MustCompile(`<style>.*?</style>|<[^>]*>`)
)

// links returns where the buttons of the list lead.
func (a answer) links() (list []string) {
	for _, m := range link.FindAllStringSubmatch(a.body, -1) {
		list = append(list, html.UnescapeString(m[1]))
	}
	return list
}

func (a answer) form() url.Values {
	form := url.Values{}
	for _, m := range input.FindAllStringSubmatch(a.body, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// text is what a visitor reads.
func (a answer) text() string {
	_, body, _ := strings.Cut(strings.ReplaceAll(a.body, "\n", " "), "<body>")
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(body, " "))), " ")
}

func (b *browser) want(a answer, status int, texts ...string) answer {
	b.site.Helper()
	if a.status != status {
		b.site.Errorf("status %d, want %d: %s", a.status, status, a.text())
	}
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			b.site.Errorf("no %q in %q", text, a.text())
		}
	}
	return a
}

// confirmed presses a button of the list, and then that of the question.
func (b *browser) confirmed(link string) answer {
	b.site.Helper()
	question := b.want(b.get(path+link), http.StatusOK)
	return b.send(http.MethodPost, path+link, question.form())
}

// shown is the page to which an action has led.
func (b *browser) shown(a answer) answer {
	b.site.Helper()
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "?done" {
		b.site.Fatalf("status %d, Location %q: %s", a.status, a.header.Get("Location"), a.text())
	}
	return b.want(b.get(path+"?done"), http.StatusOK)
}

// signInWithoutServer begins a session of the user, faster.
func (s *site) signInWithoutServer(user string) {
	s.Helper()
	s.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := s.sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User(user)); err != nil {
			s.Error(err)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

// count returns how many sessions there are.
func (s *site) count() int {
	s.Helper()
	n, err := s.sessions.RevokeEveryone(s.Context(), s.now().Add(time.Hour))
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// ended returns the ID of a session of the user that has ended.
func (s *site) ended(user string) string {
	s.Helper()
	s.signedIn(firefox, user, "label=gone")
	list, err := s.sessions.UserSessions(s.Context(), user)
	for _, info := range list {
		if info.Label == "gone" && s.sessions.Revoke(s.Context(), user, info.ID) == nil {
			return info.ID.String()
		}
	}
	s.Fatal("no session has ended", err)
	return ""
}
