package fibersession_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
)

// Fiber's strings are those of its next request as well. The session's are not.
func TestRequestIsCopied(t *testing.T) {
	for _, config := range []fiber.Config{{}, {Immutable: true}, {TrustProxy: true}} {
		sessions, _ := newSessions(t)
		var kept *http.Request
		var before, after string
		show := func(r *http.Request) string {
			return fmt.Sprint(r.Method, " ", r.URL, " ", r.RequestURI, " ", r.Host, " ", r.Header, " ", r.TLS, " ", r.ContentLength)
		}
		app := fiber.New(config)
		app.Use(fibersession.Middleware(sessions))
		app.Use("/keep", fibersession.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				kept, before = r, show(r)
				next.ServeHTTP(w, r)
			})
		}))
		app.All("/*", func(fiber.Ctx) error { return nil })
		b := open(t, app)
		if resp, text := b.send(http.MethodPost, "/keep/a%2Fb?x=1&y=%20", strings.NewReader("body"), "X-Mark", "one", "X-Mark", "two",
			"Cookie", "a=1; b=2; a=3", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "evil.example"); resp.StatusCode != http.StatusOK {
			t.Fatal(resp.StatusCode, text)
		}
		for range 20 {
			b.want("/"+strings.Repeat("z", 200), http.StatusOK, "", "X-Mark", strings.Repeat("z", 200), "X-Other", strings.Repeat("z", 200))
		}
		if after = show(kept); after != before {
			t.Errorf("the request was\n%s\nand is\n%s", before, after)
		}
		if kept.URL.Path != "/keep/a/b" || kept.RequestURI != "/keep/a%2Fb?x=1&y=%20" || kept.URL.RawQuery != "x=1&y=%20" || kept.TLS != nil ||
			kept.Host != strings.TrimPrefix(b.url, "http://") || kept.RemoteAddr == "" || kept.ContentLength != 4 {
			t.Errorf("the request is %s from %q", after, kept.RemoteAddr)
		}
		if h := kept.Header; !reflect.DeepEqual(h["X-Mark"], []string{"one", "two"}) || h.Get("Cookie") != "a=1; b=2; a=3" {
			t.Errorf("the header is %v", h)
		}
	}
}

// An address that net/url does not take is one for fasthttp.
func TestOddAddress(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))
	app.Get("/*", func(c fiber.Ctx) error { return sessions.Get(c.Context()).Update(c.Context(), visits.Inc(1)) })
	b := open(t, app)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = "/%zz"
	resp, err := b.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK || cookies(resp) != "session" {
		t.Error(resp.StatusCode, resp.Header, err)
	}
}

// Only the connection's own TLS is told to SecureRequest, which knows whom else to believe.
func TestTLS(t *testing.T) {
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	defer certificates.Close()
	for _, secure := range []bool{true, false} {
		sessions, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{SecureRequest: func(r *http.Request) bool { return r.TLS != nil }})
		if err != nil {
			t.Fatal(err)
		}
		app := fiber.New(fiber.Config{TrustProxy: true, TrustProxyConfig: fiber.TrustProxyConfig{Loopback: true}})
		app.Use(fibersession.Middleware(sessions))
		app.Get("/", func(c fiber.Ctx) error {
			return errors.Join(c.SendString(c.Scheme()), sessions.Get(c.Context()).Update(c.Context(), visits.Inc(1)))
		})
		want, config := "session", (*tls.Config)(nil)
		if secure {
			want, config = "__Host-session", certificates.TLS
		}
		b := openTLS(t, app, config, certificates.Client().Transport.(*http.Transport).TLSClientConfig)
		if resp := b.want("/", http.StatusOK, "https", "X-Forwarded-Proto", "https"); cookies(resp) != want {
			t.Errorf("TLS %v: the cookie is %q", secure, cookies(resp))
		}
	}
}

// A form is read for its token, and the handler reads it too.
func TestForms(t *testing.T) {
	for _, config := range []fiber.Config{
		{}, {StreamRequestBody: true}, {StreamRequestBody: true, DisablePreParseMultipartForm: true}, {DisablePreParseMultipartForm: true},
	} {
		sessions, _ := newSessions(t)
		app := fiber.New(config)
		app.Use(fibersession.Middleware(sessions), fibersession.Wrap(sessions.ProtectCSRF))
		app.Get("/", func(c fiber.Ctx) error {
			token, err := sessions.Get(c.Context()).CSRFToken(c.Context())
			return errors.Join(c.SendString(token), err)
		})
		app.Post("/", func(c fiber.Ctx) error { return c.SendString(fmt.Sprint(len(c.FormValue("text")))) })
		b := open(t, app)
		_, token := b.send(http.MethodGet, "/", nil)
		long := strings.Repeat("long ", 200_000)
		if config.StreamRequestBody {
			long = long[:5000] // of a longer one Fiber leaves so much unread that the client cannot send it
		}
		fields := url.Values{"csrf_token": {token}, "text": {long}}.Encode()
		var parts bytes.Buffer
		w := multipart.NewWriter(&parts)
		for _, field := range [][2]string{{"text", long}, {"csrf_token", token}} {
			if err := w.WriteField(field[0], field[1]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		const kind = "application/x-www-form-urlencoded"
		passes, multiparts := http.StatusOK, http.StatusOK
		if config.StreamRequestBody { // a stream is the handler's alone, and a form in parts is one unless Fiber has read it
			passes = http.StatusForbidden
		}
		if config.StreamRequestBody && config.DisablePreParseMultipartForm {
			multiparts = http.StatusForbidden
		}
		for _, form := range []struct {
			kind string
			body io.Reader
			want int
		}{
			{kind, strings.NewReader(fields), passes},
			{w.FormDataContentType(), bytes.NewReader(parts.Bytes()), multiparts},
			{kind, strings.NewReader("text=no"), http.StatusForbidden},
		} {
			resp, text := b.send(http.MethodPost, "/", form.body, "Content-Type", form.kind)
			if resp.StatusCode != form.want || form.want == http.StatusOK && text != fmt.Sprint(len(long)) {
				t.Errorf("%+v, %s: %d %q", config, form.kind, resp.StatusCode, text)
			}
		}
		short := url.Values{"csrf_token": {token}}.Encode() // which the server reads though it refuses it
		chunks := io.MultiReader(strings.NewReader(short))  // whose length net/http does not know
		if resp, text := b.send(http.MethodPost, "/", chunks, "Content-Type", kind); resp.StatusCode != passes {
			t.Errorf("%+v, in chunks: %d %q", config, resp.StatusCode, text)
		}
		for _, body := range []io.Reader{strings.NewReader(fields), io.MultiReader(strings.NewReader(fields))} {
			resp, text := b.send(http.MethodPost, "/", body, "Content-Type", kind, "X-CSRF-Token", token)
			if resp.StatusCode != http.StatusOK || text != fmt.Sprint(len(long)) {
				t.Errorf("%+v, with the token in the header: %d %q", config, resp.StatusCode, text)
			}
		}
	}
}

// What net/http's middlewares do reaches the handler, and what they answer is the answer.
func TestWrap(t *testing.T) {
	sessions, _ := newSessions(t)
	type key struct{}
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions), fibersession.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Before", "1")
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), key{}, "value")))
			w.Header().Set("X-After", "1")
		})
	}))
	app.Get("/recent", fibersession.Wrap(func(next http.Handler) http.Handler {
		return sessions.RequireSignedInWithin(time.Minute, next)
	}), func(c fiber.Ctx) error { return c.SendString(fmt.Sprint(c.Context().Value(key{}))) })
	app.Get("/words", fibersession.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "words") })
	}))
	app.Post("/sign-in", func(c fiber.Ctx) error {
		return sessions.Get(c.Context()).Renew(c.Context(), atomicsession.User("1"))
	})
	b := open(t, app)
	resp, _ := b.send(http.MethodGet, "/recent", nil, "Sec-Fetch-Mode", "navigate")
	if to := resp.Header.Get("Location"); !strings.HasPrefix(to, "/sign-in?") || resp.Header.Get("X-Before") != "1" {
		t.Errorf("the header is %v", resp.Header)
	}
	if resp, _ := b.send(http.MethodPost, "/sign-in", nil); cookies(resp) != "session" || resp.Header.Get("X-After") != "1" {
		t.Errorf("the header is %v", resp.Header)
	}
	b.want("/recent", http.StatusOK, "value")
	b.want("/words", http.StatusOK, "words")
}

// The log says what to do, once, to whoever asks with the wrong context.
func TestWrongContext(t *testing.T) {
	for name, try := range map[string]func(*fiber.App, *atomicsession.Manager){
		"the fiber.Ctx": func(app *fiber.App, m *atomicsession.Manager) {
			app.Use(fibersession.Middleware(m))
			app.Get("/", func(c fiber.Ctx) error { return m.Get(c).Update(c, visits.Inc(1)) })
		},
		"Fiber's adaptor": func(app *fiber.App, m *atomicsession.Manager) {
			app.Use(adaptor.HTTPMiddleware(m.Middleware))
			app.Get("/", func(c fiber.Ctx) error { return m.Get(c.Context()).Update(c.Context(), visits.Inc(1)) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			sessions, log := newSessions(t)
			app := fiber.New()
			try(app, sessions)
			b := open(t, app)
			for range 3 {
				if resp, text := b.send(http.MethodGet, "/", nil); resp.StatusCode != http.StatusInternalServerError {
					t.Errorf("the answer is %d %q", resp.StatusCode, text)
				}
			}
			if n := strings.Count(log.String(), "did not pass Manager.Middleware"); n != 1 {
				t.Errorf("the log says it %d times: %s", n, log)
			}
		})
	}
}

// What a refused request has left unread on its connection is no request. Older versions of fasthttp took it for one.
func TestUnreadStream(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New(fiber.Config{StreamRequestBody: true})
	app.Use(fibersession.Middleware(sessions), fibersession.Wrap(sessions.ProtectCSRF))
	app.Get("/inner", func(fiber.Ctx) error {
		t.Error("the body was taken for a request")
		return nil
	})
	app.Get("/next", func(c fiber.Ctx) error { return c.SendString("next") })
	b := open(t, app)
	const ahead = 8 << 10 // that much fasthttp has read in any case
	body := strings.NewReader(strings.Repeat(" ", ahead) + "GET /inner HTTP/1.1\r\nHost: x\r\n\r\n")
	if resp, _ := b.send(http.MethodPost, "/", body); resp.StatusCode != http.StatusForbidden {
		t.Errorf("the answer is %d", resp.StatusCode)
	}
	b.want("/next", http.StatusOK, "next")
}

// Stores keep copies of the strings that Fiber lends to a handler.
func TestStringsOfFiber(t *testing.T) {
	sessions, _ := newSessions(t)
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions))
	var lent string
	app.Post("/:page", func(c fiber.Ctx) error {
		if c.Params("page") == "sign" {
			lent = c.Query("name")
			return sessions.Get(c.Context()).Renew(c.Context(), atomicsession.User(lent), name.Set(lent), atomicsession.Label(lent))
		}
		return c.SendString(c.Query("name"))
	})
	app.Get("/", show(sessions))
	b := open(t, app)
	b.send(http.MethodPost, "/sign?name=anna", nil)
	b.send(http.MethodPost, "/else?name=zzzz", nil)
	if lent == "anna" {
		t.Error("Fiber lends nothing: the test proves nothing")
	}
	if infos, err := sessions.UserSessions(t.Context(), "anna"); err != nil || len(infos) != 1 || infos[0].Label != "anna" {
		t.Errorf("the sessions are %+v, %v", infos, err)
	}
	b.want("/", http.StatusOK, "anna 0")
}
