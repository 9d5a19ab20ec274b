package atomicsession_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// guarded is a site whose handlers are behind ProtectCSRF, with a visitor who has a token.
type guarded struct {
	*site
	visitor *browser
	token   string
}

func newGuarded(t *testing.T, o atomicsession.CSRFOptions) *guarded {
	t.Helper()
	g := &guarded{site: newSite(t, &atomicsession.Options{CSRF: o})}
	g.server.Config.Handler = g.sessions.Middleware(g.sessions.ProtectCSRF(http.HandlerFunc(g.serve)))
	g.visitor = g.browser()
	g.token = csrfOf(t, g.visitor)
	return g
}

// send makes a request and returns its status, and whether the handler was reached.
func (g *guarded) send(method string, prepare func(*http.Request)) (status int, reached bool) {
	g.t.Helper()
	resp := g.visitor.send(method, prepare, func(http.ResponseWriter, *http.Request, *atomicsession.Session) { reached = true })
	return resp.StatusCode, reached
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func body(contentType, text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", contentType)
		r.Body = io.NopCloser(strings.NewReader(text))
	}
}

func form(field, value string) func(*http.Request) {
	return body("application/x-www-form-urlencoded", url.Values{field: {value}, "other": {"x"}}.Encode())
}

func multiform(t *testing.T, field, value string) func(*http.Request) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := errors.Join(w.WriteField("other", "x"), w.WriteField(field, value), w.Close()); err != nil {
		t.Fatal(err)
	}
	return body(w.FormDataContentType(), b.String())
}

func both(fs ...func(*http.Request)) func(*http.Request) {
	return func(r *http.Request) {
		for _, f := range fs {
			f(r)
		}
	}
}

func TestProtectCSRF(t *testing.T) {
	g := newGuarded(t, atomicsession.CSRFOptions{TrustedOrigins: []string{"https://app.example.com"}})
	stranger := csrfOf(t, g.browser())
	token := header("X-CSRF-Token", g.token)
	for name, c := range map[string]struct {
		method  string
		prepare func(*http.Request)
		want    bool
	}{
		"GET":                               {"GET", nil, true},
		"HEAD":                              {"HEAD", nil, true},
		"OPTIONS":                           {"OPTIONS", nil, true},
		"cross-site GET":                    {"GET", header("Sec-Fetch-Site", "cross-site"), true},
		"POST":                              {"POST", nil, false},
		"PUT":                               {"PUT", nil, false},
		"PATCH":                             {"PATCH", nil, false},
		"DELETE":                            {"DELETE", nil, false},
		"a method of one's own":             {"PURGE", nil, false},
		"lower case get":                    {"get", nil, false},
		"TRACE":                             {"TRACE", nil, false},
		"header":                            {"POST", token, true},
		"header with DELETE":                {"DELETE", token, true},
		"header with a method of one's own": {"PURGE", token, true},
		"form":                              {"POST", form("csrf_token", g.token), true},
		"form with PUT":                     {"PUT", form("csrf_token", g.token), true},
		"multipart":                         {"POST", multiform(t, "csrf_token", g.token), true},
		"another's token":                   {"POST", header("X-CSRF-Token", stranger), false},
		"another's token in a form":         {"POST", form("csrf_token", stranger), false},
		"another's token in a multipart":    {"POST", multiform(t, "csrf_token", stranger), false},
		"wrong field":                       {"POST", form("token", g.token), false},
		"wrong header":                      {"POST", header("X-Token", g.token), false},
		"token in the query": {"POST", func(r *http.Request) {
			r.URL.RawQuery = "csrf_token=" + g.token
		}, false},
		"token in JSON":                   {"POST", body("application/json", `{"csrf_token":"`+g.token+`"}`), false},
		"JSON with the header":            {"POST", both(body("application/json", `{}`), token), true},
		"bad header before a good form":   {"POST", both(form("csrf_token", g.token), header("X-CSRF-Token", "x")), false},
		"malformed multipart":             {"POST", body("multipart/form-data; boundary=x", "--x\r\n"), false},
		"cross-site with the token":       {"POST", both(token, header("Sec-Fetch-Site", "cross-site")), false},
		"same-site with the token":        {"POST", both(token, header("Sec-Fetch-Site", "same-site")), false},
		"same-origin with the token":      {"POST", both(token, header("Sec-Fetch-Site", "same-origin")), true},
		"same-origin without":             {"POST", header("Sec-Fetch-Site", "same-origin"), false},
		"another origin with the token":   {"POST", both(token, header("Origin", "https://evil.example.com")), false},
		"trusted origin with the token":   {"POST", both(token, header("Origin", "https://app.example.com"), header("Sec-Fetch-Site", "cross-site")), true},
		"trusted origin without":          {"POST", header("Origin", "https://app.example.com"), false},
		"trusted origin over plain HTTP":  {"POST", both(token, header("Origin", "http://app.example.com")), false},
		"cookie and token of nobody":      {"POST", both(token, header("Cookie", "x=y")), true}, // the jar adds the cookie
		"token of a session that is sent": {"POST", both(token, header("Sec-Fetch-Site", "none")), true},
	} {
		status, reached := g.send(c.method, c.prepare)
		if reached != c.want || (status == http.StatusForbidden) == c.want {
			t.Errorf("%s: status %d, handler reached: %v", name, status, reached)
		}
	}
	visitor := g.visitor
	g.visitor = g.browser()
	if status, reached := g.send("POST", token); status != http.StatusForbidden || reached {
		t.Errorf("a token without the session: status %d, reached: %v", status, reached)
	}
	g.visitor = visitor
	g.store.fail(driver.ErrUnavailable)
	if status, reached := g.send("POST", token); status != http.StatusServiceUnavailable || reached {
		t.Errorf("with the store down: status %d, reached: %v", status, reached)
	}
}

func TestProtectCSRFOptions(t *testing.T) {
	var denied error
	g := newGuarded(t, atomicsession.CSRFOptions{
		Header: "X-Token", Field: "token",
		Denied: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			denied = atomicsession.CSRFError(r.Context())
			w.WriteHeader(http.StatusTeapot)
		}),
	})
	for name, prepare := range map[string]func(*http.Request){"header": header("X-Token", g.token), "form": form("token", g.token)} {
		if status, reached := g.send("POST", prepare); status != http.StatusOK || !reached {
			t.Errorf("%s: status %d, reached: %v", name, status, reached)
		}
	}
	for name, prepare := range map[string]func(*http.Request){
		"default header": header("X-CSRF-Token", g.token), "cross-site": header("Sec-Fetch-Site", "cross-site"),
	} {
		denied = nil
		if status, reached := g.send("POST", prepare); status != http.StatusTeapot || reached || !errors.Is(denied, atomicsession.ErrCSRF) {
			t.Errorf("%s: status %d, reached: %v, error %v", name, status, reached, denied)
		}
	}
	if err := atomicsession.CSRFError(t.Context()); err != nil {
		t.Errorf("outside of a denied request the error is %v", err)
	}
}

// A form past the bound on bodies is too large, not forged.
func TestProtectCSRFBoundedBody(t *testing.T) {
	g := newGuarded(t, atomicsession.CSRFOptions{})
	g.server.Config.Handler = g.sessions.Middleware(http.MaxBytesHandler(g.sessions.ProtectCSRF(http.HandlerFunc(g.serve)), 1000))
	for _, c := range []struct {
		name string
		send func(*http.Request)
		want int
	}{
		{"small form", form("csrf_token", g.token), http.StatusOK},
		{"large form", form("a", strings.Repeat("x", 1000)), http.StatusRequestEntityTooLarge},
		{"large form with files", multiform(t, "a", strings.Repeat("x", 1000)), http.StatusRequestEntityTooLarge},
		{"forged form", form("csrf_token", "x"), http.StatusForbidden},
	} {
		status, reached := g.send(http.MethodPost, c.send)
		if status != c.want || reached != (c.want == http.StatusOK) {
			t.Errorf("%s: status %d, want %d; the handler was reached: %v", c.name, status, c.want, reached)
		}
	}
}

// Without the session middleware there is no session to check, so nothing unsafe passes.
func TestProtectCSRFOutsideTheMiddleware(t *testing.T) {
	m := newManager(t, newStore(), nil)
	w := httptest.NewRecorder()
	m.ProtectCSRF(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler was reached")
	})).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("status %d", w.Code)
	}
}

// The files of a form are gone when the request is answered, whoever has parsed it.
func TestFilesOfFormsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	parse := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _ = r.ParseMultipartForm(1) })
	m := newManager(t, newStore(), &atomicsession.Options{CSRF: atomicsession.CSRFOptions{MaxForm: 100 << 20}})
	cookie := newToken(t, m) // without a session no form is read
	for name, h := range map[string]http.Handler{
		"middleware":                  m.Middleware(parse),
		"denied":                      m.Middleware(m.ProtectCSRF(parse)),
		"denied, with a bounded body": m.Middleware(http.MaxBytesHandler(m.ProtectCSRF(parse), 100<<20)),
	} {
		server := httptest.NewServer(h)
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, err := form.CreateFormFile("file", "x")
		if err == nil {
			_, err = file.Write(make([]byte, 33<<20))
		}
		if err := errors.Join(err, form.Close()); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodPost, server.URL, &body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", form.FormDataContentType())
		req.Header.Set("Cookie", "__Host-session="+cookie)
		resp, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		server.Close() // waits for the request
		files, err := os.ReadDir(dir)
		if err != nil || len(files) > 0 {
			t.Errorf("%s: left %v, %v", name, files, err)
		}
	}
}
