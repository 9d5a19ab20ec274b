// Package demo is a web page that shows what atomicsession is for, and the JSON interface behind it.
//
// Every session request is one call of the library, so the package is also an example of its use. The interface, in
// full:
//
//	GET    /api/session            the session, {"exists":false} if there is none; never begins one
//	POST   /api/session/update     {"ops":[...],"if":[...]}, see package changejson
//	POST   /api/session/take       {"path":"..."}
//	POST   /api/session/renew      a new secret, the same data
//	POST   /api/session/regenerate a brand-new session
//	POST   /api/session/touch      extends the session
//	DELETE /api/session            ends the session
//	GET    /api/csrf               {"token":"..."} for the header X-CSRF-Token; begins a session if there is none
//	POST   /api/login              {"user":"..."} renews the session and binds it to the user
//	POST   /api/order              counts an order, within 30 seconds of the sign-in only
//	GET    /api/devices            the user's sessions, none if nobody is signed in
//	DELETE /api/devices            ends all others
//	DELETE /api/devices/{id}       ends one
//	GET    /api/about              what runs here, and the code of the races; their routes are in race.go
//
// Every other method than GET and HEAD needs the token, so GET /api/csrf is what begins sessions here. Errors are
// {"error":{"code":"...","message":"..."}}, see errors.go. At /devices is the page of package devices.
package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/lanes"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/driver"
)

// maxBody bounds request bodies. It leaves room for white space and escapes around a session of the largest size.
const maxBody = 2 << 20

// Options configure a [Demo].
type Options struct {
	// InsecureHTTP lets the cookies travel over plain HTTP: for loopback, nothing else.
	InsecureHTTP bool
	// Loopback refuses requests for other names than this machine's. InsecureHTTP does so, too.
	Loopback bool
	// Store says in a word or two where the sessions are, for the page.
	Store string
	// StoreTimeout bounds each call to the store, and all that one request makes; default 5 seconds.
	StoreTimeout time.Duration
	// Logger gets the store's faults; default none.
	Logger *slog.Logger
	// Now replaces the clock, for tests.
	Now func() time.Time
}

// Demo serves the page and its JSON interface.
type Demo struct {
	sessions   *atomicsession.Manager
	devicePage http.Handler
	runs       runs
	store      string // where the sessions are
	aboutLanes func() ([]aboutLane, error)
	timeout    time.Duration
	loopback   bool // it is meant for browsers on this machine alone
}

// New returns a demo that keeps its sessions in store.
func New(store driver.Store, opts Options) (*Demo, error) {
	opts.Logger = cmp.Or(opts.Logger, slog.New(slog.DiscardHandler))
	opts.StoreTimeout = cmp.Or(opts.StoreTimeout, defaultTimeout)
	d := &Demo{store: opts.Store, timeout: opts.StoreTimeout, loopback: opts.InsecureHTTP || opts.Loopback}
	d.aboutLanes = sync.OnceValues(d.describeLanes)
	d.runs.config = lanes.Config{Store: store, Timeout: opts.StoreTimeout, Secure: !opts.InsecureHTTP, Logger: opts.Logger}
	var err error
	d.sessions, err = atomicsession.New(store, &atomicsession.Options{
		Cookie:        opts.cookie(),
		CSRF:          atomicsession.CSRFOptions{Denied: http.HandlerFunc(d.denied)},
		SignIn:        "/",
		StoreTimeout:  opts.StoreTimeout,
		TouchInterval: time.Minute, // a list of devices is worth little if the last use is half a day off
		Logger:        opts.Logger,
		Now:           opts.Now,
	})
	if err != nil {
		return nil, err
	}
	d.devicePage, err = devices.New(d.sessions, &devices.Options{
		Within: devicesWithin,
		Texts: devices.Texts{
			Intro:  "You are signed in on these devices. Sign out any that you do not know.", // there are no passwords here
			Method: func(string) string { return "by name, without proof" },                  // there is byName alone
		},
		Logger: opts.Logger,
		Now:    opts.Now,
	})
	return d, err
}

const defaultTimeout = 5 * time.Second

// devicesWithin is how long after a sign-in the device page lets visitors sign devices out.
const devicesWithin = 10 * time.Minute

// denied answers a request that the protection against forged requests stopped.
func (d *Demo) denied(w http.ResponseWriter, r *http.Request) {
	err := atomicsession.CSRFError(r.Context())
	if strings.HasPrefix(r.URL.Path, "/api/") {
		writeError(w, err)
		return
	}
	d.sessions.WriteError(w, r, err)
}

// cookie returns the options of a cookie that other programs on the same host do not use.
func (o Options) cookie() atomicsession.CookieOptions {
	name := "atomicsession-session"
	if !o.InsecureHTTP {
		name = "__Host-" + name
	}
	return atomicsession.CookieOptions{Name: name, InsecureHTTP: o.InsecureHTTP}
}

// RunSweeper removes expired sessions from the store until ctx ends, if the store does not do that by itself.
func (d *Demo) RunSweeper(ctx context.Context) {
	_ = d.sessions.RunSweeper(ctx, time.Minute) // its errors go to the log
}

// Handler returns the whole site.
func (d *Demo) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/", api(d.timeout, d.sessions.Middleware(d.sessions.ProtectCSRF(jsonErrors(d.routes())))))
	races := api(d.timeout+mostWork*time.Millisecond, d.raceRoutes())
	mux.Handle("/api/races", races)
	mux.Handle("/api/races/", races)
	mux.Handle("/devices", d.sessions.Middleware(d.devicePage))
	mux.Handle("/", page())
	handler := http.MaxBytesHandler(mux, maxBody)
	if d.loopback {
		handler = loopbackHost(handler)
	}
	return drain(secure(handler))
}

// maxDrain bounds what is read of a body beyond what the handler wanted.
const maxDrain = 64 << 20

// drain reads what the handler has left of a body, for as long as the server lets it: many clients send all of it before they
// look for the answer, and would find the connection closed instead.
func drain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		if r.Header.Get("Expect") == "" { // a client that asks before it sends looks in time
			_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
		}
	})
}

// loopbackHost refuses requests for a name other than that of this machine: a page from elsewhere that has its own name
// point here (DNS rebinding) would be of the same origin.
func loopbackHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := (&url.URL{Host: r.Host}).Hostname()
		if host != "localhost" && !net.ParseIP(host).IsLoopback() {
			writeCode(w, http.StatusMisdirectedRequest, "bad_request", "this server is for this machine alone")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// api keeps answers that belong to one visitor out of every cache, and bounds how long a request may take.
func api(timeout time.Duration, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// secure adds the headers that confine the page: it runs and fetches nothing but its own files, and nobody frames it.
func secure(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// jsonErrors answers requests that no route takes as the JSON interface does.
func jsonErrors(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := statusProbe{header: make(http.Header)}
		handler.ServeHTTP(&probe, r)
		if allow := probe.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
		}
		writeCode(w, probe.status, "bad_request", fmt.Sprintf("%s %s: %s", r.Method, r.URL.Path, http.StatusText(probe.status)))
	})
}

// statusProbe is a ResponseWriter that takes down what a handler answers.
type statusProbe struct {
	header http.Header
	status int
}

func (p *statusProbe) Header() http.Header         { return p.header }
func (p *statusProbe) WriteHeader(status int)      { p.status = status }
func (p *statusProbe) Write(b []byte) (int, error) { return len(b), nil }
