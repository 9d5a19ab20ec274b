package atomicsession_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// An old secret of a session comes back. It is noted for the user, and the session ends, whoever has its new secret.
func ExampleReplayAction() {
	var site *pages
	alarm := func(_ context.Context, info atomicsession.Info) atomicsession.ReplayAction {
		if info.User == "" {
			return atomicsession.IgnoreReplay // nothing is lost but perhaps a cart
		}
		fmt.Println("an old secret of", info.User) // count it, and write the user a mail
		return atomicsession.EndSession
	}
	site = newPages(atomicsession.Options{OnReplay: alarm})
	defer site.server.Close()
	sessions := site.sessions
	site.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann")); err != nil {
			sessions.WriteError(w, r, err)
		}
	})
	site.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		user, err := sessions.Get(r.Context()).User(r.Context())
		fmt.Fprintf(w, "user %q %v", user, err)
	})

	ann := site.browser("Firefox")
	ann.open("POST", "/login")
	thief := ann.copied()
	ann.open("POST", "/login") // once more: the session gets a new secret
	ann.open("GET", "/")
	site.now = site.now.Add(driver.RenewalWindow)
	thief.open("GET", "/")
	ann.open("GET", "/")
	// Output:
	// POST /login:
	// POST /login:
	// GET /: user "ann" <nil>
	// an old secret of ann
	// GET /: user "" <nil>
	// GET /: user "" <nil>
}

// A list of devices shows what the browser has said of itself, and what the application has noted beside it.
func ExampleOptions_device() {
	opts := atomicsession.Options{
		TouchInterval: 5 * time.Minute, // when it was last used is as exact as this
		Device: func(r *http.Request) map[string]string {
			return map[string]string{"app": r.URL.Query().Get("app")} // or the city, as far as it can be known
		},
	}
	site := newPages(opts)
	defer site.server.Close()
	sessions := site.sessions
	devices := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		user, err := s.User(ctx)
		if err == nil && user == "" {
			err = atomicsession.ErrReauthenticate
		}
		var list []atomicsession.Info
		if err == nil {
			list, err = sessions.UserSessions(ctx, user)
		}
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		for _, d := range list {
			fmt.Fprintf(w, "[%s %s %q, used %s, here: %v]", d.UserAgent, d.Device["app"], d.Methods, d.LastUsed.Format("15:04"), d.Current)
		}
	}
	site.HandleFunc("GET /devices", devices)
	site.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"))
		if err != nil {
			sessions.WriteError(w, r, err)
		}
	})

	phone, laptop := site.browser("phone"), site.browser("laptop")
	phone.open("POST", "/login?app=2.1")
	site.now = site.now.Add(time.Minute)
	laptop.open("POST", "/login?app=web")
	laptop.open("GET", "/devices?app=web")
	// Output:
	// POST /login?app=2.1:
	// POST /login?app=web:
	// GET /devices?app=web: [laptop web ["pwd"], used 12:01, here: true][phone 2.1 ["pwd"], used 12:00, here: false]
}
