package atomicsession_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
)

// A role is taken away, and every session of the user has a notice. The database comes first, so that a sign-in after it finds no role there.
func ExampleManager_UpdateUser() {
	site := newPages(atomicsession.Options{})
	defer site.server.Close()
	sessions, ctx := site.sessions, context.Background()
	role := atomicsession.NewKey[string]("role")
	notices := atomicsession.NewList[string]("notices")
	database := map[string]string{"ann": "admin"}

	login := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		was := database["ann"]
		err := s.Renew(ctx, atomicsession.User("ann"), role.Set(was))
		if is := database["ann"]; err == nil && is != was { // the role changed while the session began, perhaps before UpdateUser could find it
			err = s.Update(ctx, role.Set(is))
		}
		if err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	demote := func() (int, error) {
		database["ann"] = "guest" // and commit it
		return sessions.UpdateUser(ctx, "ann", role.Set("guest"), notices.Push("You are a guest now."))
	}
	site.HandleFunc("POST /login", login)
	site.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		is, _, err := role.Get(r.Context(), sessions.Get(r.Context()))
		news, _, newsErr := notices.Take(r.Context(), sessions.Get(r.Context()))
		fmt.Fprintf(w, "%s %q %v %v", is, news, err, newsErr)
	})

	phone, laptop := site.browser("phone"), site.browser("laptop")
	phone.open("POST", "/login")
	laptop.open("POST", "/login")
	fmt.Println(demote())
	phone.open("GET", "/")
	laptop.open("GET", "/")
	laptop.open("GET", "/")
	// Output:
	// POST /login:
	// POST /login:
	// 2 <nil>
	// GET /: guest ["You are a guest now."] <nil> <nil>
	// GET /: guest ["You are a guest now."] <nil> <nil>
	// GET /: guest [] <nil> <nil>
}

// The support looks into a session of a user who has called. It is no use of the session, and extends nothing.
func ExampleManager_ReadSession() {
	site := newPages(atomicsession.Options{})
	defer site.server.Close()
	sessions, ctx := site.sessions, context.Background()
	cart := atomicsession.NewList[string]("cart")

	look := func() error {
		list, err := sessions.UserSessions(ctx, "ann")
		for _, info := range list {
			var items []string
			info, err := sessions.ReadSession(ctx, info.User, info.ID, cart.Into(&items))
			if err != nil {
				return err // ErrNotFound: it has ended meanwhile
			}
			fmt.Println(info.UserAgent, items)
		}
		return err
	}
	site.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann"), cart.Push("tea"))
		if err != nil {
			sessions.WriteError(w, r, err)
		}
	})

	phone := site.browser("phone")
	phone.open("POST", "/login")
	fmt.Println(look())
	// Output:
	// POST /login:
	// phone [tea]
	// <nil>
}

// A password may have been known to somebody until it was changed. What was signed in with it ends; who signs in with the new one stays.
func ExampleManager_RevokeBefore() {
	site := newPages(atomicsession.Options{})
	defer site.server.Close()
	sessions, now := site.sessions, func() time.Time { return site.now }
	changePassword := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		user, err := s.User(ctx)
		if err == nil && user == "" {
			err = atomicsession.ErrReauthenticate
		}
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		changed := now().Truncate(time.Millisecond) // as exact as sign-in times are; the new password is in the database by now
		if err := s.Renew(ctx, atomicsession.AuthenticatedBy("pwd")); err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		n, err := sessions.RevokeBefore(ctx, user, changed)
		if err != nil {
			sessions.WriteError(w, r, err) // and try it again in a job, with the same moment
			return
		}
		fmt.Fprintf(w, "changed, signed out elsewhere: %d", n)
	}
	site.HandleFunc("POST /password", changePassword)
	site.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann")); err != nil {
			sessions.WriteError(w, r, err)
		}
	})

	phone, laptop := site.browser("phone"), site.browser("laptop")
	phone.open("POST", "/login")
	laptop.open("POST", "/login")
	site.now = site.now.Add(time.Hour)
	laptop.open("POST", "/password")
	// Output:
	// POST /login:
	// POST /login:
	// POST /password: changed, signed out elsewhere: 1
}

// A backup of the store was restored, and brings back who has signed out since. All sign in anew.
func ExampleManager_RevokeEveryone() {
	site := newPages(atomicsession.Options{})
	defer site.server.Close()
	sessions, ctx := site.sessions, context.Background()
	count := func() (users, nobodys int, err error) {
		for info, err := range sessions.Sessions(ctx) {
			switch {
			case err != nil:
				return users, nobodys, err
			case info.User == "":
				nobodys++
			default:
				users++
			}
		}
		return users, nobodys, nil
	}
	site.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User(r.PostFormValue("name"))); err != nil {
			sessions.WriteError(w, r, err)
		}
	})

	one, two, three := site.browser("one"), site.browser("two"), site.browser("three")
	one.open("POST", "/login", "name", "ann")
	two.open("POST", "/login", "name", "bob")
	site.now = site.now.Add(time.Hour)
	restored := site.now
	three.open("POST", "/login", "name", "ann")
	fmt.Println(count())
	fmt.Println(sessions.RevokeEveryone(ctx, restored))
	fmt.Println(count())
	// Output:
	// POST /login:
	// POST /login:
	// POST /login:
	// 3 0 <nil>
	// 2 <nil>
	// 1 0 <nil>
}
