// Package gorillabridge lets an application of gorilla/sessions keep its handlers and lose no update: two lines change, and its sessions are
// those of a manager of this library. The same goes for what is made for gorilla's stores: gothic, gin-contrib/sessions, echo-contrib's session.
//
//	store := gorillabridge.New(manager)                      // was sessions.NewCookieStore(keys)
//	http.ListenAndServe(addr, manager.Middleware(router))    // was router
//
// # What changes for the better
//
// gorilla's Save writes a whole session, so of two requests that overlap one loses its change, and a slow request brings back what a sign-out
// has removed. Here [Store.Save] stores what the handler has changed, in one atomic step, key by key. Two requests that change the same key
// still have the later one win: a counter is for [atomicsession.Counter], and a list, such as a flash, counts as one value.
//
// # Names
//
// All names of a visitor are in one session: each is an object at the top, its keys are the fields in it. So there is one cookie, however
// many names and saves there are, and native keys work on the same values:
//
//	session.Values["user_id"] = 42                            // in the session of name "auth"
//	var UserID = atomicsession.NewKey[int]("auth.user_id")    // is the same place
//
// A string, bool, int and float64 are what they look like; values of other types are bytes that [encoding/gob] has written, and come back
// with the type they had, if it is registered with gob as ever. In names and keys a few characters are escaped as in a [atomicsession.Map].
// What native keys put under a name that gorilla's could not have, such as a list or a time, is not in Values, and is left alone by Save.
//
// # Signing out
//
// A session that is saved with an Options.MaxAge below 0 is removed: its name, and no other. A slower Save of that name is an error that matches
// [atomicsession.ErrNotFound]. If nothing is left then, no name with values, no native field and no user, the visitor's session gets a new
// secret in the same step: the cookie of before is worth nothing, requests under way that still have it are refused, and the handler can go
// on, to leave a flash for instance. If the cookie cannot be sent any more the session is destroyed instead. Other names keep the session,
// and its secret, as gothic's own name must, which comes and goes with each sign-in.
//
// Signing in by Values alone gives no new secret, as in gorilla's stores that have an ID. Call [atomicsession.Session.Renew] of the request's
// session, or its SignIn, which makes the user's sessions known to the manager; then a sign-out is its Destroy.
//
// # What is the manager's to say
//
// The cookie, with all its attributes, and how long a session lives: see [atomicsession.Options]. Path, Domain, MaxAge from 0 on, Secure,
// HttpOnly, Partitioned and SameSite of a store's and a session's Options are kept and do nothing. No session begins in a request of another site
// that may not have brought the cookie ([atomicsession.ErrCrossSite]), nor after the response's header is out ([atomicsession.ErrHeadersSent]).
//
// Loading is a use of the session and extends it. A Save that finds no difference costs nothing; so it does not matter how often one saves.
//
// Sessions of gorilla are for one goroutine at a time, and so they are here: handlers that start goroutines give each a session by [Store.New].
package gorillabridge
