// Package lanes holds the contestants of the demo's races: the same handlers, written with this library, with scs, with
// gorilla/sessions, and with scs over this project's bridge. Each is written as the library's own documentation does it. The demo
// shows these handlers: [Contestant.Source] cuts them out of the source that was compiled.
package lanes

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Loss is a way to lose something from a session. Each is a race.
type Loss string

// The races.
const (
	Counter Loss = "counter" // a number is lower than what was counted
	Cart    Loss = "cart"    // what was put into the cart is not there
	Code    Loss = "code"    // several requests use a one-time code
	Tries   Loss = "tries"   // more guesses are checked than allowed
	Logout  Loss = "logout"  // a slow request undoes a sign-out
)

// Known reports whether there is such a race.
func (l Loss) Known() bool { return slices.Contains([]Loss{Counter, Cart, Code, Tries, Logout}, l) }

// secretCode is the one-time code, and mostTries how many guesses there are.
const (
	secretCode = "482913"
	mostTries  = 3
)

// Config is what the lanes of one run need.
type Config struct {
	Store   driver.Store  // for the lane of this library
	Timeout time.Duration // of each call to a store
	Path    string        // of the cookies
	Secure  bool          // the cookies are for HTTPS
	MaxAge  time.Duration // of the sessions
	Logger  *slog.Logger
}

// Contestant is a library that takes part.
type Contestant struct {
	ID, Name string
	Module   string // its path
	Keeps    string // where its sessions are; "": in the demo's store

	none       string // what Server-Timing says if no store was asked
	file, site string // where its handlers are, and the type that they are methods of
	setup      string // the function that makes it
	build      func(Config) (handlers, error)
}

// Contestants are those that take part, in the order of the page.
var Contestants = []Contestant{
	{
		ID: "atomicsession", Name: "atomicsession", Module: "github.com/atomicsession/atomicsession",
		file: "atomicsession.go", site: "ours", setup: "newSessions", build: newOurs,
	},
	{
		ID: "scs", Name: "scs", Module: "github.com/alexedwards/scs/v2", Keeps: "its memory store",
		file: "scs.go", site: "scsSite", setup: "newSCS", build: newSCSSite,
	},
	{
		ID: "gorilla", Name: "gorilla/sessions", Module: "github.com/gorilla/sessions", Keeps: "the cookie", none: `cookie;desc="no store"`,
		file: "gorilla.go", site: "gorillaSite", setup: "newCookieStore", build: newGorillaSite,
	},
	{
		ID: "bridge", Name: "scs with the bridge", Module: "github.com/atomicsession/atomicsession/bridge/scs", Keeps: "memstore",
		file: "scs.go", site: "scsSite", setup: "newBridge", build: newBridgeSite,
	},
}

// handlers are what a contestant has for each request.
type handlers struct {
	middleware func(http.Handler) http.Handler
	site
}

// site is the application: the same for each contestant.
type site interface {
	begin(w http.ResponseWriter, r *http.Request)   // begins a session that is prepared for any race
	counter(w http.ResponseWriter, r *http.Request) // counts a visit
	cart(w http.ResponseWriter, r *http.Request)    // puts one item into the cart
	code(w http.ResponseWriter, r *http.Request)    // uses the one-time code
	tries(w http.ResponseWriter, r *http.Request)   // checks a guess
	slow(w http.ResponseWriter, r *http.Request)    // stores a preference at its end
	signOut(w http.ResponseWriter, r *http.Request)
	left(w http.ResponseWriter, r *http.Request) // tells what the session holds
}
