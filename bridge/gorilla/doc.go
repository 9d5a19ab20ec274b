// Package gorillabridge lets an application of gorilla/sessions keep its handlers, whose saves no longer undo each other: two lines change, and
// its sessions are those of a manager of this library. The same goes for what is made for gorilla's stores: gothic, gin-contrib/sessions (see
// [Gin]), echo-contrib's session.
//
//	store := gorillabridge.New(manager)                      // was sessions.NewCookieStore(keys)
//	http.ListenAndServe(addr, manager.Middleware(router))    // was router
//
// # Nobody is signed out
//
// With [Import] the manager takes over what the old store has, and nobody is signed out:
//
//	old := sessions.NewCookieStore(keys)                     // as it was
//	manager, err := atomicsession.New(records, &atomicsession.Options{Import: gorillabridge.Import(old, importKey, "auth", "cart")})
//
// A visitor who comes with an old cookie finds under each name what there was. Requests that come at the same time find one session, into which
// all of them save. The browser forgets the old cookies with the first answer.
//
// # What changes for the better
//
// gorilla's Save writes a whole session, so of two requests that overlap one loses its change, and a slow request brings back what a sign-out
// has removed. Here [Store.Save] stores what the handler has changed, in one atomic step, key by key.
//
// Of two requests that change one key at the same time the later one still wins, since what a handler has made of the old value is all that
// Save sees: n+1, or the flashes and one more. What must be exact there is for native keys: [atomicsession.Counter], [atomicsession.List],
// [atomicsession.Flash].
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
// A key that is no string must have a type that holds no pointer, interface, channel or function, and does not print itself ([fmt.Formatter],
// [fmt.GoStringer]), as time.Time does; others are refused with [atomicsession.ErrValue].
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
// # Signing in
//
// Name in [Store].SignInKeys what says who is signed in. A Save that changes it gives the visitor's session a new secret, so that nobody
// follows who knew the cookie from before, or has planted it. Without that, a sign-in by Values keeps the cookie, as in gorilla's stores that
// have an ID, and unlike in a cookie store. A handler that can change calls [atomicsession.Session.SignIn] of the manager's session of the
// request instead, which also makes the sessions of a user known to the manager; to sign out is its Destroy then.
//
// # What is the manager's to say
//
// The cookie, with all its attributes, and how long a session lives: see [atomicsession.Options]. Path, Domain, MaxAge from 0 on, Secure,
// HttpOnly, Partitioned and SameSite of a store's and a session's Options are kept and do nothing. No session begins in a request of another
// site that may not have brought the cookie ([atomicsession.ErrCrossSite]), nor after the response's header is out ([atomicsession.ErrHeadersSent]).
//
// Loading is a use of the session and extends it. A Save that finds no difference costs nothing; so it does not matter how often one saves.
//
// Sessions of gorilla are for one goroutine at a time, and so they are here: handlers that start goroutines give each a session by [Store.New].
package gorillabridge
