package atomicsession_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// sessions is what the handlers of the examples use.
var sessions = func() *atomicsession.Manager {
	m, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	return m
}()

// run makes one request to each handler in turn, with one browser.
func run(handlers ...http.HandlerFunc) {
	step := 0
	server := httptest.NewTLSServer(sessions.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers[step](w, r)
	})))
	defer server.Close()
	browser := server.Client()
	browser.Jar, _ = cookiejar.New(nil)
	for step = range handlers {
		resp, err := browser.Get(server.URL)
		if err != nil {
			log.Fatal(err)
		}
		resp.Body.Close()
	}
}

// A flash message is set by one request and shown by the next: by one alone, even if two pages load at once.
func ExampleKey_Take() {
	flash := atomicsession.NewKey[string]("flash")

	save := func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Get(r.Context()).Update(r.Context(), flash.Set("Your profile was saved.")); err != nil {
			sessions.WriteError(w, r, err)
		}
	}
	page := func(w http.ResponseWriter, r *http.Request) {
		message, ok, err := flash.Take(r.Context(), sessions.Get(r.Context()))
		fmt.Printf("%q %v %v\n", message, ok, err)
	}
	run(save, page, page)
	// Output:
	// "Your profile was saved." true <nil>
	// "" false <nil>
}

// A condition and a change are one atomic step: a form that is sent twice takes the step once.
func ExampleIf() {
	step := atomicsession.NewKey[string]("checkout")
	orders := atomicsession.NewCounter("orders")

	begin := func(_ http.ResponseWriter, r *http.Request) {
		_ = sessions.Get(r.Context()).Update(r.Context(), step.Set("payment"))
	}
	pay := func(_ http.ResponseWriter, r *http.Request) {
		err := sessions.Get(r.Context()).Update(r.Context(), atomicsession.If(step.Eq("payment")), step.Set("done"), orders.Inc(1))
		switch {
		case err == nil:
			fmt.Println("thank you")
		case errors.Is(err, atomicsession.ErrCondition):
			fmt.Println("paid already")
		default:
			fmt.Println(err)
		}
	}
	run(begin, pay, pay)
	// Output:
	// thank you
	// paid already
}

// Values are Go values: scalars, times, bytes, slices, maps, and structs by their json tags.
func ExampleList() {
	type Item struct {
		SKU string `json:"sku"`
		Qty int    `json:"qty"`
	}
	cart := atomicsession.NewList[Item]("cart")

	run(func(_ http.ResponseWriter, r *http.Request) {
		ctx, s := r.Context(), sessions.Get(r.Context())
		err := errors.Join(
			s.Update(ctx, cart.Push(Item{"apple", 2}, Item{"pear", 5})),
			s.Update(ctx, atomicsession.Path("cart.0.qty").Inc(1)),
			s.Update(ctx, cart.Pull(atomicsession.Path("sku").Eq("pear"))),
		)
		items, _, getErr := cart.Get(ctx, s)
		fmt.Println(items, err, getErr)
	})
	// Output: [{apple 3}] <nil> <nil>
}

func ExampleParseDuration() {
	for _, text := range []string{"14 days", "1 month", "36h", "1209600000"} {
		d, err := atomicsession.ParseDuration(text)
		fmt.Println(d, err)
	}
	// Output:
	// 336h0m0s <nil>
	// 720h0m0s <nil>
	// 36h0m0s <nil>
	// 0s duration "1209600000": a number without a unit
}

// The store may be attached later, for instance when its address is known only after start.
func ExampleManager_Attach() {
	late, err := atomicsession.New(nil, &atomicsession.Options{MaxAge: 30 * 24 * time.Hour})
	if err != nil {
		log.Fatal(err)
	}
	ready := func() { fmt.Println(late.Ping(context.Background())) }
	ready()
	if err := late.Attach(memstore.New(nil)); err != nil {
		log.Fatal(err)
	}
	ready()
	// Output:
	// session ping: no store attached
	// <nil>
}
