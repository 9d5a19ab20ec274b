package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
)

// A user has two sessions at most. The least recently used one ends for a third.
func ExampleOptions_maxSessions() {
	site := newPages(atomicsession.Options{MaxSessions: 2})
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

	phone, laptop, work := site.browser("phone"), site.browser("laptop"), site.browser("work")
	phone.open("POST", "/login")
	site.now = site.now.Add(time.Second)
	laptop.open("POST", "/login")
	work.open("POST", "/login")
	phone.open("GET", "/")
	laptop.open("GET", "/")
	// Output:
	// POST /login:
	// POST /login:
	// POST /login:
	// GET /: user "" <nil>
	// GET /: user "ann" <nil>
}

// A user has two sessions at most, and chooses which one is to end for a third. The form has the list, and asks for the password once more:
// so nothing has to be kept of a sign-in that is half done.
func ExampleTooManySessionsError() {
	site := newPages(atomicsession.Options{MaxSessions: 2, RefuseSessions: true})
	defer site.server.Close()
	sessions := site.sessions
	choose := func(w http.ResponseWriter, list []atomicsession.Info) {
		w.WriteHeader(http.StatusConflict)
		for _, info := range list {
			fmt.Fprintf(w, "[%s] ", info.UserAgent) // a radio button "end" with the value info.ID.String()
		}
	}
	login := func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		user, ok := checkPassword(r)
		if !ok {
			http.Error(w, "wrong name or password", http.StatusForbidden)
			return
		}
		if id, err := atomicsession.ParseID(r.PostFormValue("end")); err == nil {
			err = sessions.Revoke(ctx, user, id) // of this user alone
			if err != nil && !errors.Is(err, atomicsession.ErrNotFound) {
				sessions.WriteError(w, r, err)
				return
			}
		}
		err := sessions.Get(ctx).Renew(ctx, atomicsession.User(user), atomicsession.AuthenticatedBy("pwd"))
		if tooMany, ok := errors.AsType[*atomicsession.TooManySessionsError](err); ok {
			choose(w, tooMany.Sessions)
			return
		}
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Fprint(w, "welcome")
	}
	site.HandleFunc("POST /login", login)

	phone, laptop, work := site.browser("phone"), site.browser("laptop"), site.browser("work")
	phone.open("POST", "/login", "name", "ann", "password", "correct horse")
	site.now = site.now.Add(time.Second)
	laptop.open("POST", "/login", "name", "ann", "password", "correct horse")
	work.open("POST", "/login", "name", "ann", "password", "correct horse")
	list, err := sessions.UserSessions(context.Background(), "ann")
	if err != nil {
		fmt.Println(err)
		return
	}
	site.now = site.now.Add(time.Second)
	work.open("POST", "/login", "name", "ann", "password", "correct horse", "end", list[1].ID.String())
	list, err = sessions.UserSessions(context.Background(), "ann")
	fmt.Println(len(list), list[0].UserAgent, list[1].UserAgent, err)
	// Output:
	// POST /login: welcome
	// POST /login: welcome
	// POST /login: [laptop] [phone]
	// POST /login: welcome
	// 2 work laptop <nil>
}
