package sessiontest_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/atomicsession/atomicsession/sessiontest"
)

var orders = atomicsession.NewList[string]("orders")

// shop is the application of the examples.
type shop struct{ sessions *atomicsession.Manager }

func newShop(store driver.Store) *shop {
	sessions, err := atomicsession.New(store, &atomicsession.Options{SignIn: "/sign-in"})
	if err != nil {
		log.Fatal(err)
	}
	return &shop{sessions}
}

// handler is the whole site.
func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.order)
	return s.sessions.Middleware(s.sessions.ProtectCSRF(mux))
}

// order is a page for those who have signed in.
func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	session := s.sessions.Get(r.Context())
	user, err := session.User(r.Context())
	if err == nil && user == "" {
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
		return
	}
	if err == nil {
		err = session.Update(r.Context(), orders.Push(r.FormValue("what")))
	}
	if err != nil {
		s.sessions.WriteError(w, r, err)
		return
	}
	fmt.Fprintf(w, "ordered by %s", user)
}

// A test of handlers gives the request the cookie of a visitor who has signed in.
func ExampleCookie() {
	t := startTest() // in a test of your own: its parameter
	defer t.end()

	shop := newShop(memstore.New(nil))
	cookie := sessiontest.Cookie(t, shop.sessions, atomicsession.User("42"))
	r := httptest.NewRequest(http.MethodPost, "https://shop.example/orders?what=tea", nil)
	r.AddCookie(cookie)
	r.Header.Set("X-CSRF-Token", sessiontest.CSRFToken(t, shop.sessions, cookie))
	w := httptest.NewRecorder()
	shop.handler().ServeHTTP(w, r)

	fmt.Println(w.Code, w.Body)
	fmt.Println(sessiontest.Document(t, shop.sessions, cookie).Text())
	// Output:
	// 200 ordered by 42
	// {"orders":["tea"]}
}

// A test that calls a handler by itself, without the middleware, gives its request a context with a session.
func ExampleContext() {
	t := startTest() // in a test of your own: its parameter
	defer t.end()

	shop := newShop(memstore.New(nil))
	cookie := sessiontest.Cookie(t, shop.sessions, atomicsession.User("42"))
	ctx, _ := sessiontest.Context(t, shop.sessions, cookie)
	w := httptest.NewRecorder()
	shop.order(w, httptest.NewRequest(http.MethodPost, "/orders?what=tea", nil).WithContext(ctx))

	var ordered []string
	sessiontest.Read(t, shop.sessions, []*http.Cookie{cookie}, orders.Into(&ordered))
	fmt.Println(w.Code, ordered)
	// Output: 200 [tea]
}

// A test of a whole server has a client with a cookie jar, which is signed in.
func ExampleClient() {
	t := startTest() // in a test of your own: its parameter
	defer t.end()

	shop := newShop(memstore.New(nil))
	server := httptest.NewTLSServer(shop.handler())
	defer server.Close()
	cookie := sessiontest.Cookie(t, shop.sessions, atomicsession.User("42"))
	client := sessiontest.Client(t, server, cookie)

	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/orders?what=tea", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-CSRF-Token", sessiontest.CSRFToken(t, shop.sessions, cookie))
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode, sessiontest.Info(t, shop.sessions, cookie).User)
	// Output: 200 42
}

// Ten requests of one visitor overlap in the worst way. What the handler does is one change of the store, so none is lost.
func ExampleStore_Race() {
	t := startTest() // in a test of your own: its parameter
	defer t.end()

	store := sessiontest.NewStore()
	shop := newShop(store)
	cookie := sessiontest.Cookie(t, shop.sessions, atomicsession.User("42"))
	token := sessiontest.CSRFToken(t, shop.sessions, cookie)
	handler := shop.handler()
	store.Race(10, func(int) {
		r := httptest.NewRequest(http.MethodPost, "https://shop.example/orders?what=tea", nil)
		r.AddCookie(cookie)
		r.Header.Set("X-CSRF-Token", token)
		handler.ServeHTTP(httptest.NewRecorder(), r)
	})

	var ordered []string
	sessiontest.Read(t, shop.sessions, []*http.Cookie{cookie}, orders.Into(&ordered))
	fmt.Println(len(ordered))
	// Output: 10
}
