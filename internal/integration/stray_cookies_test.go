package integration

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// A subdomain sets cookies of the session's name that are no sessions. They do not lock the visitor out: not one who is signed in, unless
// they overwrite the cookie, and not one who signs in then.
func TestStrayCookies(t *testing.T) {
	t.Parallel()
	keys := func(b byte) []atomicsession.SigningKey {
		return []atomicsession.SigningKey{bytes.Repeat([]byte{b}, 32)}
	}
	foreign := newMall(t, atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "session"}, SigningKeys: keys('b')})
	c := newClient(foreign)
	resp, _ := c.send(http.MethodGet, "/add", nil)
	for name, options := range map[string]atomicsession.CookieOptions{
		"beside one of the host alone": {Name: "session"},
		"beside one of the domain":     {Name: "session", Domain: "shop.test", Path: "/"},
	} {
		for what, value := range map[string]string{"malformed": "no-token", "empty": "", "other key": resp.Cookies()[0].Value} {
			t.Run(name+"/"+what, func(t *testing.T) {
				m := newMall(t, atomicsession.Options{Cookie: options, SigningKeys: keys('a')})
				m.others.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Set-Cookie", fmt.Sprintf("session=%s; Domain=shop.test; Path=%s; Secure", value, r.FormValue("path")))
					_, _ = io.WriteString(w, "<!doctype html><title>sub</title><p>a subdomain</p>")
				})
				v := shopper(t, m)
				v.clickOn("#send")
				v.await("account of ann, cart 1")
				for _, path := range []string{"/account", "/login", "/logout"} { // they come before the session's cookie
					v.open(m.at("sub.shop.test", "/?path="+path), "a subdomain")
				}
				v.open(m.at("shop.test", "/account"), "account of ann, cart 1")
				v.open(m.at("sub.shop.test", "/?path=/"), "a subdomain")
				if options.Domain == "" {
					v.open(m.at("shop.test", "/account"), "account of ann, cart 1")
					v.clickOn("#out")
					v.await("Please sign in, (load")
				} else {
					v.open(m.at("shop.test", "/account"), "account of , cart 0")
					v.open(m.at("shop.test", "/login"), "Please sign in, (load")
				}
				v.clickOn("#send")
				v.await("account of ann, cart 0")
				v.open(m.at("shop.test", "/profile"), "profile of ann")
			})
		}
	}
}
