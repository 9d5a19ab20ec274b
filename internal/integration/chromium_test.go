package integration

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var flash = atomicsession.NewKey[string]("flash")

// shop is a site whose pages tell the server when the visitor sees them.
type shop struct {
	t        *testing.T
	sessions *atomicsession.Manager
	server   *httptest.Server
	tab      context.Context
	shown    chan string // the text of a page that is seen
	fetched  chan string // the Sec-Purpose of a request for /page
}

// pageHTML is a page with a text and more.
func pageHTML(text, more string) string {
	return `<!doctype html><title>shop</title><p id="text">` + html.EscapeString(text) + `</p>` + more + `
<script>
addEventListener("pageshow", () => {
	const show = () => fetch("/shown", {method: "POST", body: document.querySelector("#text").textContent})
	if (document.prerendering) document.addEventListener("prerenderingchange", show, {once: true}); else show()
})
</script>`
}

// newShop opens a tab of a browser of its own on a site with the options.
func newShop(t *testing.T, opts atomicsession.Options) *shop {
	t.Helper()
	opts.Cookie.InsecureHTTP = true
	sessions, err := atomicsession.New(memstore.New(nil), &opts)
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, sessions: sessions, shown: make(chan string, 10), fetched: make(chan string, 10)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /signin", s.handle(func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) error {
		defer http.Redirect(w, r, "/account", http.StatusSeeOther)
		return session.Renew(r.Context(), atomicsession.User("ann"))
	}))
	mux.HandleFunc("GET /account", s.handle(func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) error {
		user, err := session.User(r.Context())
		_, _ = io.WriteString(w, pageHTML("account of "+user, ""))
		return err
	}))
	mux.HandleFunc("GET /signout", s.handle(func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) error {
		defer http.Redirect(w, r, "/page", http.StatusSeeOther)
		return session.Reset(r.Context(), flash.Set("goodbye"))
	}))
	mux.HandleFunc("GET /save", s.handle(func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) error {
		err := session.Update(r.Context(), flash.Set("saved"))
		_, _ = io.WriteString(w, pageHTML("will load ahead: "+r.FormValue("how"), ahead[r.FormValue("how")]))
		return err
	}))
	mux.HandleFunc("GET /page", s.handle(func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) error {
		text, _, err := flash.Take(r.Context(), session)
		s.fetched <- r.Header.Get("Sec-Purpose")
		_, _ = io.WriteString(w, pageHTML("page: "+text, ""))
		return err
	}))
	mux.HandleFunc("POST /shown", func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.shown <- string(text)
	})
	s.server = httptest.NewServer(sessions.Middleware(mux))
	t.Cleanup(s.server.Close)
	s.tab = newWindow(t)
	return s
}

func (s *shop) handle(h func(http.ResponseWriter, *http.Request, *atomicsession.Session) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := h(w, r, s.sessions.Get(r.Context())); err != nil {
			s.t.Error(err)
		}
	}
}

// leave has a script that leaves its page answer before it does: the answer does not outlive the page.
func leave(script string) string {
	return "void setTimeout(() => { " + script + " })"
}

// run runs a script in the page.
func (s *shop) run(script string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.tab, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](script)); err != nil {
		s.t.Fatal(err)
	}
}

// visit opens a page, and waits until the visitor sees the text.
func (s *shop) visit(path, want string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.tab, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(s.server.URL+path)); err != nil {
		s.t.Fatal(err)
	}
	s.wantShown(want)
}

func (s *shop) wantShown(want string) {
	s.t.Helper()
	if got := receive(s.t, s.shown); got != want {
		s.t.Errorf("the visitor sees %q, want %q", got, want)
	}
}

func receive(t *testing.T, c <-chan string) string {
	t.Helper()
	select {
	case text := <-c:
		return text
	case <-time.After(patience):
		t.Fatal("waited in vain")
		return ""
	}
}

// ahead are ways to have the browser load /page before the visitor asks for it.
var ahead = map[string]string{
	"link":      `<link rel="prefetch" href="/page">`,
	"prefetch":  `<script type="speculationrules">{"prefetch":[{"source":"list","urls":["/page"],"eagerness":"immediate"}]}</script>`,
	"prerender": `<script type="speculationrules">{"prerender":[{"source":"list","urls":["/page"],"eagerness":"immediate"}]}</script>`,
}

// Whoever goes back after a sign-out sees the account from the browser's memory, unless the responses say no-store.
func TestBackAfterSignOut(t *testing.T) {
	for noStore, want := range map[bool]string{false: "account of ann", true: "account of "} {
		t.Run(fmt.Sprintf("no-store=%v", noStore), func(t *testing.T) {
			s := newShop(t, atomicsession.Options{NoStoreSignedIn: noStore})
			s.visit("/signin", "account of ann")
			s.visit("/signout", "page: goodbye")
			s.run(leave(`history.back()`))
			s.wantShown(want)
		})
	}
}

// What the browser loads ahead takes the flash message, unless PrefetchTakesNothing.
func TestLoadAhead(t *testing.T) {
	for how := range ahead {
		for option, want := range map[bool]string{false: "page: ", true: "page: saved"} {
			t.Run(fmt.Sprintf("%s/option=%v", how, option), func(t *testing.T) {
				s := newShop(t, atomicsession.Options{PrefetchTakesNothing: option})
				s.visit("/save?how="+how, "will load ahead: "+how)
				if got := receive(t, s.fetched); !strings.HasPrefix(got, "prefetch") {
					t.Errorf("the browser said Sec-Purpose: %q", got)
				}
				s.visit("/page?another", want)
			})
		}
	}
}
