package devices_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/memstore"
)

// Mount the page where the account is; who wants to sign a device out must have signed in within the last quarter of an hour.
// Below is what two browsers do with it.
func Example() {
	sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{SignIn: "/login"})
	if err != nil {
		panic(err)
	}
	page, err := devices.New(sessions, &devices.Options{Within: 15 * time.Minute})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/account/devices", page)
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		// Check the password first.
		err := sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"))
		if err != nil {
			sessions.WriteError(w, r, err)
		}
	})
	server := httptest.NewTLSServer(sessions.Middleware(mux))
	defer server.Close()

	signIn := func(agent string) func(path string, form url.Values) string {
		client := *server.Client()
		client.Jar, _ = cookiejar.New(nil)
		send := func(path string, form url.Values) string {
			method := http.MethodGet
			if form != nil {
				method = http.MethodPost
			}
			r, _ := http.NewRequest(method, server.URL+path, strings.NewReader(form.Encode()))
			r.Header.Set("User-Agent", agent)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			resp, err := client.Do(r)
			if err != nil {
				panic(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			return string(text)
		}
		send("/login", nil)
		return send
	}
	show := func(page string) {
		for _, m := range regexp.MustCompile(`<(?:h1|bdi|p class="notice"[^>]*|span class="tag")>([^<]*)<`).FindAllStringSubmatch(page, -1) {
			fmt.Println(m[1])
		}
	}
	signIn("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36")
	browser := signIn("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
	list := browser("/account/devices", nil)
	show(list)

	button := regexp.MustCompile(`\?device=[^"]+`).FindString(list)
	question := browser("/account/devices"+button, nil)
	show(question)

	form := url.Values{}
	for _, m := range regexp.MustCompile(`name="(.+?)" value="(.+?)"`).FindAllStringSubmatch(question, -1) {
		form.Set(m[1], m[2])
	}
	show(browser("/account/devices", form))
	// Output:
	// Your devices
	// Firefox on Linux
	// This device
	// Chrome on Android
	// Sign out Chrome on Android?
	// Your devices
	// Signed out Chrome on Android
	// Firefox on Linux
	// This device
}
