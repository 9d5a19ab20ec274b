package atomicsession_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// Sign in with Renew: the session gets a new secret, so that nobody who knew the old cookie shares it, and what is to be known
// of the user, in one step. What the visitor had before stays. If that was another user who has not signed out, sign in with
// Reset instead: it begins with an empty session.
func ExampleSession_Renew() {
	cart := atomicsession.NewList[string]("cart")

	shop := func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Update(r.Context(), cart.Push("apple")); err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	login := func(user string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			// Check the password first.
			ctx, s := r.Context(), sessions.Get(r.Context())
			before, err := s.User(ctx)
			if err != nil {
				sessions.WriteError(w, r, err)
				return
			}
			signIn := s.Renew
			if before != "" && before != user {
				signIn = s.Reset
			}
			if err := signIn(ctx, atomicsession.User(user), atomicsession.Persistent(r.FormValue("remember") != "")); err != nil {
				sessions.WriteError(w, r, err)
			}
		}
	}
	page := func(w http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		user, err := s.User(ctx)
		items, _, getErr := cart.Get(ctx, s)
		if err := errors.Join(err, getErr); err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		fmt.Printf("user %q has %q\n", user, items)
	}
	logout := func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Destroy(r.Context()); err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	run(shop, login("ann"), page, login("bob"), page, logout, page)
	// Output:
	// user "ann" has ["apple"]
	// user "bob" has []
	// user "" has []
}

// Gain rights step by step. A code that has been sent to the user is good once, and for three tries, however many requests
// try at the same time. The session holds a MAC of it, so that nobody who can read the store knows the code.
func ExampleSession_Renew_stepUp() {
	code := atomicsession.NewKey[[]byte]("code.mac")
	tries := atomicsession.NewCounter("code.tries")
	level := atomicsession.NewKey[string]("level")
	mac := func(code string) []byte {
		h := hmac.New(sha256.New, []byte("a secret of the program"))
		h.Write([]byte(code))
		return h.Sum(nil)
	}

	send := func(_ http.ResponseWriter, r *http.Request) {
		// No condition holds for a counter that is missing: it begins at 0.
		err := sessions.Get(r.Context()).Update(r.Context(), code.Set(mac("271828")), tries.Set(0))
		if err != nil {
			fmt.Println(err)
		}
	}
	enter := func(typed string) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			ctx, s := r.Context(), sessions.Get(r.Context())
			if err := s.Update(ctx, atomicsession.If(tries.Lt(3)), tries.Inc(1)); err != nil { // counted before it is looked at
				fmt.Println("too many tries:", errors.Is(err, atomicsession.ErrCondition))
				return
			}
			if err := s.Renew(ctx, atomicsession.If(code.Eq(mac(typed))), code.Unset(), level.Set("high")); err != nil {
				fmt.Println("wrong code:", errors.Is(err, atomicsession.ErrCondition))
				return
			}
			fmt.Println("welcome")
		}
	}
	run(send, enter("314159"), enter("271828"), enter("271828"))
	run(send, enter("1"), enter("2"), enter("3"), enter("271828"))
	// Output:
	// wrong code: true
	// welcome
	// wrong code: true
	// wrong code: true
	// wrong code: true
	// wrong code: true
	// too many tries: true
}

// Sign out with a message for the next page. Nothing can be stored after Destroy; Reset ends the session just as
// thoroughly, and begins another that holds nothing but the message.
func ExampleSession_Reset() {
	flash := atomicsession.NewKey[string]("flash")

	login := func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("42")); err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	logout := func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Reset(r.Context(), flash.Set("You have signed out.")); err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	page := func(_ http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		message, _, err := flash.Take(ctx, s)
		user, userErr := s.User(ctx)
		fmt.Printf("%q, user %q %v\n", message, user, errors.Join(err, userErr))
	}
	run(login, logout, page)
	// Output: "You have signed out.", user "" <nil>
}

// A page of devices lists a user's sessions, by what they have been labelled with, and ends the others.
func ExampleManager_UserSessions() {
	login := func(device string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			// A label has at most 256 bytes: cut what you make of the user agent.
			err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann"), atomicsession.Label(device))
			if err != nil {
				sessions.WriteError(w, r, err)
			}
		}
	}
	devices := func(_ http.ResponseWriter, r *http.Request) {
		list, err := sessions.UserSessions(r.Context(), "ann")
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("devices:", len(list))
		for _, device := range list { // ID, for a button that calls Revoke; Created, LastUsed and Expires
			if device.Current {
				fmt.Println(device.Label, "(this one)")
			} else {
				fmt.Println(device.Label)
			}
		}
	}
	signOutOthers := func(_ http.ResponseWriter, r *http.Request) {
		n, err := sessions.Get(r.Context()).RevokeOthers(r.Context())
		fmt.Println("signed out:", n, err)
	}
	run(login("Safari on a phone")) // on another device
	run(login("Firefox on Linux"), devices, signOutOthers)
	// Unordered output:
	// devices: 2
	// Firefox on Linux (this one)
	// Safari on a phone
	// signed out: 1 <nil>
}
