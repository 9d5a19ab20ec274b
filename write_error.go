package atomicsession

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/errorpage"
)

// WriteError answers a request with what an error of its session means. A handler returns after it; for nil it writes nothing. It works
// outside of [Manager.Middleware] too, does not use the session, and never shows the error's text. The answer is "no-store".
//
// Most answers are the status of [StatusCode] and its text. If the session has ended ([ErrNotFound], and so [ErrRenewed]), they have
// "Retry-After: 1". The call that returned the error has changed nothing, so a script may send the request once more, with the cookie
// that the browser then has, and with a new CSRF token if it needs one. (This says nothing of what the handler did before that call.) An
// ErrNotFound of [Manager.Revoke] is about another session: do not give it to WriteError.
//
// A navigation is a request whose answer a visitor sees (by the header Sec-Fetch-Mode or, without that, an Accept with text/html). It is
// led on instead:
//
//   - The session has just got a new secret (ErrRenewed: the visitor has signed in, in another tab or by a double click). It gets a page
//     that goes on a second later, with the new cookie: to the same address or, after a POST, to the page with the form.
//   - The session has ended: it is led to [Options.SignIn]. Without one, it gets a page as above.
//   - The visitor must have signed in more recently (ErrReauthenticate): it is led to Options.SignIn, with a parameter that says where to
//     come back to ([Manager.ReturnPath]): this address or, after a POST, the page with the form.
//   - The request comes from another site, so that no session could begin ([ErrCrossSite], GET): a page as above, which goes on at once.
//     The browser's own request then brings the cookie or begins a session. Any other method gets a plain 403.
//   - The form is from before a renewal ([ErrCSRF], sent by a page of this very origin): a page as above, which leads to a new form. From
//     anywhere else it is a plain 403.
//
// htmx (the header HX-Request) gets the status that a script gets, and HX-Redirect or HX-Refresh, which lead on from the page that the
// fragment is for. HX-Redirect leads to Options.SignIn if the session has ended or the sign-in is too long ago. HX-Refresh loads the same
// page again after a renewal, or if the session has ended and there is no page to sign in. If no session could begin, there is neither.
//
// A browser goes on by itself at most twice in ten seconds. A cookie beside the session's counts this; it has the same name, with
// "-retry" at the end. After that the page has links and waits.
func (m *Manager) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		return
	}
	h := w.Header()
	dropContent(h)
	restrictCaches(h, true)
	navigation := isNavigation(r)
	if navigation && m.leadOn(w, r, err) {
		return
	}
	if !navigation && errors.Is(err, ErrNotFound) {
		h.Set("Retry-After", "1")
	}
	if r.Header.Get("Hx-Request") != "" {
		m.leadFragment(w, r, err)
	}
	code := StatusCode(err)
	http.Error(w, http.StatusText(code), code)
}

// dropContent removes the headers of what was to be sent.
func dropContent(h http.Header) {
	for _, name := range []string{
		"Content-Length", "Content-Encoding", "Content-Type", "Content-Disposition", "Content-Range", "Content-Language", "Content-Location",
		"Content-Digest", "Content-Md5", "Repr-Digest", "Digest", "Accept-Ranges", "Etag", "Last-Modified", "Location", "Refresh",
		"Trailer", "Hx-Location", "Hx-Redirect", "Hx-Refresh",
	} {
		h.Del(name)
	}
}

func isNavigation(r *http.Request) bool {
	for _, name := range []string{"X-Requested-With", "Hx-Request", "Turbo-Frame", "Datastar-Request"} { // scripts that ask for HTML
		if r.Header.Get(name) != "" {
			return false
		}
	}
	if mode := r.Header.Values("Sec-Fetch-Mode"); len(mode) > 0 {
		return mode[0] == "navigate"
	}
	return strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/html")
}

// leadOn answers a navigation with a way on; false if there is none.
func (m *Manager) leadOn(w http.ResponseWriter, r *http.Request, err error) bool {
	moves := m.moves(r)
	signIn := m.opts.SignIn
	if m.atSignIn(r) {
		signIn = ""
	}
	p := errorpage.Page{Status: StatusCode(err), Text: endedText, Delay: 1, Back: m.wayBack(r), SignIn: signIn, Moves: moves == 0}
	toSignIn := false
	switch {
	case errors.Is(err, ErrRenewed):
		toSignIn = moves == 1
	case errors.Is(err, ErrNotFound):
		toSignIn = moves < maxMoves
	case errors.Is(err, ErrReauthenticate):
		if signIn != "" {
			signIn = m.signInFor(p.Back)
		}
		p.Text, p.Moves, p.SignIn = reauthenticateText, false, signIn
		toSignIn = moves < maxMoves
	case errors.Is(err, ErrCrossSite) && r.Method == http.MethodGet:
		p.Text, p.Delay = foreignText, 0
	case errors.Is(err, ErrCSRF) && m.fromOwnPage(r):
		p.Text = oldFormText
	default:
		return false
	}
	toSignIn = toSignIn && signIn != ""
	if toSignIn || p.Moves {
		http.SetCookie(w, m.retryCookie(r, moves+1))
	}
	if toSignIn {
		http.Redirect(w, r, signIn, http.StatusSeeOther)
	} else {
		p.Write(w, r)
	}
	return true
}

const (
	endedText          = "Your session has ended or has been renewed. Nothing was changed."
	oldFormText        = "This form was out of date. Nothing was changed."
	reauthenticateText = "This needs a recent sign-in. Nothing was changed."
	foreignText        = "You come from another site. Nothing was changed."
)

// The marker says how often the browser was moved on while it held a cookie that is good for nothing, lest it move for ever.
const (
	retrySuffix  = "-retry"
	retrySeconds = int(driver.RenewalWindow / time.Second) // as long as a replaced secret is remembered
	maxMoves     = 2
)

// retryCookie returns the marker. It is never Strict: a browser that took its own second request for one of another site would not send
// it then, and move for ever.
func (m *Manager) retryCookie(r *http.Request, moves int) *http.Cookie {
	c := m.blankCookie(m.secure(r))
	c.Name, c.Value, c.MaxAge = c.Name+retrySuffix, strconv.Itoa(moves), retrySeconds
	if c.SameSite == http.SameSiteStrictMode {
		c.SameSite = http.SameSiteLaxMode
	}
	return c
}

// moves returns what the marker says; if that makes no sense, that it is enough.
func (m *Manager) moves(r *http.Request) int {
	markers := r.CookiesNamed(m.cookieName(m.secure(r)) + retrySuffix)
	switch {
	case len(markers) == 0:
		return 0
	case len(markers) == 1 && markers[0].Value == "1":
		return 1
	default:
		return maxMoves
	}
}

// atSignIn reports whether the request is for the page to sign in, perhaps under a prefix that has been stripped.
func (m *Manager) atSignIn(r *http.Request) bool {
	signIn, err := url.Parse(m.opts.SignIn)
	if err != nil {
		return false
	}
	asked, err := url.ParseRequestURI(r.RequestURI)
	return r.URL.Path == signIn.Path || err == nil && asked.Path == signIn.Path
}

// sameDocument returns the path and query that the browser has asked for. An empty reference, which it returns if there is no path that
// is safe to name, means the same document too; but in a browser that shows a part of it (#part) it leads to that part, and loads nothing.
func sameDocument(r *http.Request) string {
	if isLocal(r.RequestURI) {
		return r.RequestURI
	}
	return ""
}

// wayBack returns where the visitor can try again: for GET the same document; else the page with the form, if it is of this origin.
func (m *Manager) wayBack(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return sameDocument(r)
	}
	if referer := r.Referer(); m.isOwn(r, referer) {
		if u, err := url.Parse(referer); err == nil && isLocal(u.EscapedPath()) {
			return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}).String()
		}
	}
	home := "/"
	if isLocal(m.opts.Cookie.Path) {
		home = m.opts.Cookie.Path
	}
	return cmp.Or(m.opts.SignIn, home)
}
