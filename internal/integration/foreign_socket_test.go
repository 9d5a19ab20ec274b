package integration

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"

	"github.com/atomicsession/atomicsession"
)

// dial is a script that comes to what the shop's websocket says first, or to "refused".
const dial = `new Promise(f => {
	const socket = new WebSocket(%q)
	socket.onmessage = event => { f(event.data); socket.close() }
	socket.onerror = () => f("refused")
})`

// With SameSite=None a browser sends the session's cookie with the handshake that a page of any origin asks for. CheckOrigin lets those
// of this one through.
func TestWebsocketOfAnotherOrigin(t *testing.T) {
	t.Parallel()
	for name, greet := range map[string]func(http.ResponseWriter, *http.Request, string) error{
		"coder": func(w http.ResponseWriter, r *http.Request, text string) error {
			c, err := coder.Accept(w, r, &coder.AcceptOptions{InsecureSkipVerify: true}) // CheckOrigin has looked
			if err != nil {
				return err
			}
			defer func() { _ = c.CloseNow() }()
			if err := c.Write(r.Context(), coder.MessageText, []byte(text)); err != nil {
				return err
			}
			_, _, _ = c.Read(r.Context()) // until the page closes it
			return nil
		},
		"gorilla": func(w http.ResponseWriter, r *http.Request, text string) error {
			upgrader := gorilla.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // it has looked
			c, err := upgrader.Upgrade(w, r, w.Header())
			if err != nil {
				return err
			}
			defer c.Close()
			if err := c.WriteMessage(gorilla.TextMessage, []byte(text)); err != nil {
				return err
			}
			_, _, _ = c.ReadMessage()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMall(t, atomicsession.Options{Cookie: atomicsession.CookieOptions{SameSite: http.SameSiteNoneMode}})
			users := make(chan string, 10) // whose cookies the handshakes have brought
			m.outside.HandleFunc("GET /socket", func(w http.ResponseWriter, r *http.Request) {
				user, err := m.sessions.Get(r.Context()).User(r.Context())
				if err != nil {
					t.Error(err)
				}
				users <- user
				if err := m.sessions.CheckOrigin(r); err != nil {
					m.sessions.WriteError(w, r, err)
				} else if err := greet(w, r, "hello "+user); err != nil {
					t.Error(err)
				}
			})
			m.others.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "<!doctype html><title>other</title><p>another site</p>")
			})
			v := shopper(t, m)
			v.clickOn("#send")
			v.await("account of ann")
			script := fmt.Sprintf(dial, "wss"+m.at("shop.test", "/socket")[len("https"):])
			if got := evaluate[string](v, script); got != "hello ann" || <-users != "ann" {
				t.Errorf("its own page: %q", got)
			}
			for _, host := range []string{"sub.shop.test", "other.test"} {
				v.open(m.at(host, "/"), "another site")
				if got := evaluate[string](v, script); got != "refused" {
					t.Errorf("a page of %s: %q", host, got)
				}
				if user := <-users; host == "sub.shop.test" && user != "ann" {
					t.Errorf("the cookie did not come along from %s, so nothing was to be refused", host)
				}
			}
		})
	}
}
