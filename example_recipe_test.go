package atomicsession_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"sync"
	"sync/atomic"

	"github.com/atomicsession/atomicsession"
)

// Line is one line of a cart.
type Line struct {
	Name string `json:"name"`
	Qty  int64  `json:"qty"`
}

// The keys of the recipes. Name and Qty lead on from a line, wherever it is.
var (
	Cart   = atomicsession.NewMap[Line]("cart") // by article, whatever it is called
	Name   = atomicsession.NewKey[string]("name")
	Qty    = atomicsession.NewCounter("qty")
	Lines  = atomicsession.NewList[Line]("lines")
	Step   = atomicsession.NewKey[string]("step")
	Tries  = atomicsession.NewCounter("tries")
	Flags  = atomicsession.NewMap[bool]("flags")
	OAuth  = atomicsession.NewMap[string]("oauth") // where to go on, by state
	Merged = atomicsession.NewKey[bool]("merged")
)

// together makes one request that begins, then 32 that run at the same time, then one that shows what has become of the session. All are
// of one browser.
func together(begin, at32 func(*http.Request) error, show http.HandlerFunc) {
	step := begin
	server := httptest.NewUnstartedServer(sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if step == nil {
			show(w, r)
		} else if err := step(r); err != nil {
			log.Print(err)
			sessions.WriteError(w, r, err)
		}
	})))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that the browser opens and needs not
	server.StartTLS()
	defer server.Close()
	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	get := func() {
		resp, err := browser.Get(server.URL)
		if err != nil {
			log.Print(err)
			return
		}
		_ = resp.Body.Close()
	}
	get()
	step = at32
	var all sync.WaitGroup
	for range 32 {
		all.Go(get)
	}
	all.Wait()
	step = nil
	get()
}

// A cart is a map from articles to lines. What is put in or raised, whichever comes first, is one update: no request has to know which it
// is, and none loses what another one adds.
func ExampleMap() {
	add := func(article, name string, n int64) func(r *http.Request) error {
		return func(r *http.Request) error {
			line := Cart.At(article)
			return sessions.Get(r.Context()).Update(r.Context(), Qty.Of(line).Inc(n), Name.Of(line).Set(name))
		}
	}
	together(add("cake.1", "Cake", 2), add("tea", "Tea", 1), func(_ http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		cart, _, err := Cart.Get(ctx, s)
		fmt.Println(len(cart), cart["tea"], cart["cake.1"], err)

		one, ok, err := Cart.At("cake.1").Take(ctx, s) // out of the cart
		fmt.Println(one, ok, err)
	})
	// Output:
	// 2 {Tea 32} {Cake 2} <nil>
	// {Cake 2} true <nil>
}

// In a list, lines are chosen by what is in them. [List.Any] demands that there is one, so that a line that is missing can be put in.
func ExampleList_Where() {
	add := func(r *http.Request) error {
		ctx, s := r.Context(), sessions.Get(r.Context())
		for ctx.Err() == nil {
			err := s.Update(ctx, atomicsession.If(Lines.Any(Name.Eq("Tea"))), Lines.Where(Name.Eq("Tea")).Do(Qty.Inc(1)))
			if !errors.Is(err, atomicsession.ErrCondition) {
				return err
			}
			err = s.Update(ctx, atomicsession.If(atomicsession.Not(Lines.Any(Name.Eq("Tea")))), Lines.Push(Line{"Tea", 1}))
			if !errors.Is(err, atomicsession.ErrCondition) {
				return err
			}
		}
		return ctx.Err()
	}
	begin := func(r *http.Request) error {
		return sessions.Get(r.Context()).Update(r.Context(), Lines.Push(Line{"Cake", 2}))
	}
	together(begin, add, func(_ http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		// One of each is used up, and lines with nothing left go.
		err := s.Update(ctx, atomicsession.InOrder(Lines.Where().Do(Qty.Inc(-2)), Lines.Pull(Qty.Lte(0))))
		lines, _, getErr := Lines.Get(ctx, s)
		fmt.Println(lines, err, getErr)
	})
	// Output: [{Tea 30}] <nil> <nil>
}

// A visitor with a cart signs in, and what the user had in the shop's database comes on top, once, though the visitor has clicked twice:
// the flag and the quantities are one step.
func ExampleSession_Renew_cart() {
	saved := map[string]Line{"tea": {"Tea", 2}, "cups": {"Cups", 6}} // from the database

	begin := func(r *http.Request) error {
		return sessions.Get(r.Context()).Update(r.Context(), Cart.At("tea").Set(Line{"Tea", 1}))
	}
	signIn := func(r *http.Request) error {
		ctx, s := r.Context(), sessions.Get(r.Context())
		user, err := s.User(ctx)
		if err == nil && user == "" {
			err = s.Renew(ctx, atomicsession.User("42")) // the cart goes on in the signed-in session
		}
		if err != nil {
			return err
		}
		changes := []atomicsession.Change{atomicsession.If(Merged.Absent()), Merged.Set(true)}
		for article, line := range saved {
			changes = append(changes, Qty.Of(Cart.At(article)).Inc(line.Qty), Name.Of(Cart.At(article)).Set(line.Name))
		}
		if err = s.Update(ctx, changes...); errors.Is(err, atomicsession.ErrCondition) {
			return nil // it has been merged
		}
		return err
	}
	together(begin, signIn, func(_ http.ResponseWriter, r *http.Request) {
		cart, _, err := Cart.Get(r.Context(), sessions.Get(r.Context()))
		fmt.Println(cart["tea"], cart["cups"], err)
	})
	// Output: {Tea 3} {Cups 6} <nil>
}

// A wizard goes on from each step once, whoever clicks twice or goes back.
func ExampleIf_wizard() {
	begin := func(r *http.Request) error {
		return sessions.Get(r.Context()).Update(r.Context(), Step.Set("address"))
	}
	var orders, late atomic.Int32
	order := func(r *http.Request) error {
		err := sessions.Get(r.Context()).Update(r.Context(), atomicsession.If(Step.In("address", "payment")), Step.Set("done"))
		switch {
		case err == nil:
			orders.Add(1)
		case errors.Is(err, atomicsession.ErrCondition):
			late.Add(1)
			return nil
		}
		return err
	}
	together(begin, order, func(_ http.ResponseWriter, r *http.Request) {
		step, _, err := Step.Get(r.Context(), sessions.Get(r.Context()))
		fmt.Println(orders.Load(), "ordered,", late.Load(), "came late,", step, err)
	})
	// Output: 1 ordered, 31 came late, done <nil>
}

// A limit counts from nothing: a counter that is missing is 0. The condition and the count are one step, so the tenth try is the last one
// however many come at once.
func ExampleCounter() {
	begin := func(r *http.Request) error {
		return sessions.Get(r.Context()).Update(r.Context(), Step.Set("sign-in"))
	}
	var tried, refused atomic.Int32
	try := func(r *http.Request) error {
		err := sessions.Get(r.Context()).Update(r.Context(), atomicsession.If(Tries.Lt(10)), Tries.Inc(1))
		switch {
		case err == nil:
			tried.Add(1) // and now look at the password
		case errors.Is(err, atomicsession.ErrCondition):
			refused.Add(1)
			return nil
		}
		return err
	}
	together(begin, try, func(_ http.ResponseWriter, r *http.Request) {
		n, err := Tries.Add(r.Context(), sessions.Get(r.Context()), 1)
		fmt.Println(tried.Load(), "tried,", refused.Load(), "refused,", n, err)
	})
	// Output: 10 tried, 22 refused, 11 <nil>
}

// Flags are set and cleared in one update, without a look at the others.
func ExampleMap_At() {
	begin := func(r *http.Request) error {
		return sessions.Get(r.Context()).Update(r.Context(), Flags.Set(map[string]bool{"new": true, "beta": true}))
	}
	var turned atomic.Int32
	toggle := func(r *http.Request) error {
		seen := fmt.Sprint("seen.", turned.Add(1)) // a dot is nothing special in a name
		return sessions.Get(r.Context()).Update(r.Context(), Flags.At("new").Unset(), Flags.At(seen).Set(true))
	}
	together(begin, toggle, func(_ http.ResponseWriter, r *http.Request) {
		flags, _, err := Flags.Get(r.Context(), sessions.Get(r.Context()))
		fmt.Println(len(flags), flags["beta"], flags["new"], flags["seen.32"], err)
	})
	// Output: 33 true false true <nil>
}

// Several tabs sign in elsewhere at the same time: each has a state of its own, and of the callbacks that bring it one takes it.
func ExampleMap_oauth() {
	begin := func(r *http.Request) error {
		ctx, s := r.Context(), sessions.Get(r.Context())
		return s.Update(ctx, OAuth.At("state-of-tab-1").Set("/basket"), OAuth.At("state-of-tab-2").Set("/orders"))
	}
	var wentOn, unknown atomic.Int32
	callback := func(r *http.Request) error {
		_, ok, err := OAuth.At("state-of-tab-1").Take(r.Context(), sessions.Get(r.Context()))
		if ok {
			wentOn.Add(1)
		} else {
			unknown.Add(1)
		}
		return err
	}
	together(begin, callback, func(_ http.ResponseWriter, r *http.Request) {
		to, ok, err := OAuth.At("state-of-tab-2").Take(r.Context(), sessions.Get(r.Context()))
		fmt.Println(wentOn.Load(), "went on,", unknown.Load(), "did not;", to, ok, err)
	})
	// Output: 1 went on, 31 did not; /orders true <nil>
}
