package stores

import (
	"encoding/gob"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// application is one of another library.
type application struct {
	importer atomicsession.Importer
	server   *httptest.Server // GET /sign-in begins a session with what values returns
	cookie   string           // its name
	idle     time.Duration    // how long a session may be idle, 0: as long as the new application says
	lifetime time.Duration    // how long it lives
	kept     *kept            // where, nil: in the cookie alone
	racy     bool             // the library's reads are no good for several requests at once
}

// kept is where an application keeps its sessions.
type kept struct {
	count   func() int
	dump    func() (restore func())
	damages map[string]func() // what makes all of them unreadable
	setDown func(down bool)   // nil: it cannot fail
}

// cart is a type of both applications.
type cart struct {
	Items map[string]int
	Note  string
}

func init() {
	gob.RegisterName("stores.cart", cart{})
	gob.Register(time.Time{}) // which gob does not know by itself
}

// otherName is as long as that of cart, and of no type.
const otherName = "stores.card"

// seen has what a session keeps of a time: milliseconds.
var seen = time.Date(2026, 3, 1, 12, 30, 15, 250_000_000, time.UTC)

// values returns what the old application puts into a session.
func values() map[string]any {
	return map[string]any{
		"user": "ann", "count": 3, "id": int64(1) << 60, "price": 9.5, "active": true, "seen": seen,
		"blob": []byte{0, 1, 255}, "tags": []string{"a", "b"}, "cart": cart{Items: map[string]int{"tea": 2}, Note: "ä"},
	}
}

// serveOld starts the old application.
func serveOld(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	return server
}

// signIn returns the cookie jar of a visitor who has signed in at the old application.
func (a *application) signIn(t *testing.T) http.CookieJar {
	t.Helper()
	jar := newJar(t)
	if status := get(t, a.server, jar, "/sign-in", nil); status != http.StatusOK {
		t.Fatalf("the old application answers with status %d", status)
	}
	if a.cookieIn(jar) == "" {
		t.Fatal("the old application sets no cookie")
	}
	return jar
}

// cookieIn returns the value of the old cookie in a jar, "" if there is none.
func (a *application) cookieIn(jar http.CookieJar) string {
	for _, c := range jar.Cookies(a.url()) {
		if c.Name == a.cookie {
			return c.Value
		}
	}
	return ""
}

// stored returns how many sessions the old application keeps.
func (a *application) stored() int {
	if a.kept == nil {
		return 0
	}
	return a.kept.count()
}

// copyJar returns a jar with the same cookies, as a thief would have it.
func (a *application) copyJar(t *testing.T, jar http.CookieJar) http.CookieJar {
	t.Helper()
	other := newJar(t)
	cookies := jar.Cookies(a.url())
	for _, c := range cookies {
		c.Path, c.Secure = "/", true
	}
	other.SetCookies(a.url(), cookies)
	return other
}

// url is that of every server of the tests, as jars see it.
func (a *application) url() *url.URL {
	u, err := url.Parse(a.server.URL)
	if err != nil {
		panic(err)
	}
	return u
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}
