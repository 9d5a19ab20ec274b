package atomicsession_test

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// endless is the beginning of a multipart form with a file that does not end before so many bytes, and counts what is read of it.
type endless struct {
	start     io.Reader
	left, got int64
}

func (e *endless) Read(p []byte) (int, error) {
	n, err := e.start.Read(p)
	if err == io.EOF {
		n, err = int(min(int64(len(p)), e.left)), nil
		if n == 0 {
			err = io.EOF
		}
		clear(p[:n])
		e.left -= int64(n)
	}
	e.got += int64(n)
	return n, err
}

const (
	urlencoded = "application/x-www-form-urlencoded"
	multiparts = "multipart/form-data; boundary=x"
)

// protect answers a request behind ProtectCSRF, and says whether the handler was reached.
func protect(m *atomicsession.Manager, r *http.Request) (status int, reached bool) {
	w := httptest.NewRecorder()
	m.Middleware(m.ProtectCSRF(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))).ServeHTTP(w, r)
	return w.Code, reached
}

// What cannot pass is denied before a byte of its body is read, and at the least cost.
func TestProtectCSRFReadsNoBodyInVain(t *testing.T) {
	store := newStore()
	m := newManager(t, store, &atomicsession.Options{CSRF: atomicsession.CSRFOptions{MaxForm: 1000}})
	live, gone := newToken(t, m), newToken(t, m)
	if err := request(t, m, gone, destroy); err != nil {
		t.Fatal(err)
	}
	var token string
	err := request(t, m, live, func(ctx context.Context, s *atomicsession.Session) (err error) {
		token, err = s.CSRFToken(ctx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, cookie, contentType string
		length                    int64
		prepare                   func(*http.Request)
		want                      int
		calls                     []string
	}{
		{"no cookie", "", urlencoded, -1, nil, 403, nil},
		{"no cookie, files", "", multiparts, -1, nil, 403, nil},
		{"no token in the cookie", "x", urlencoded, -1, nil, 403, nil},
		{"two sessions", live + "; __Host-session=" + gone, urlencoded, -1, nil, 403, nil},
		{"ended", gone, urlencoded, -1, nil, 410, []string{"load"}},
		{"ended, files", gone, multiparts, -1, nil, 410, []string{"load"}},
		{"JSON", live, "application/json", -1, nil, 403, nil},
		{"no type", live, "", -1, nil, 403, nil},
		{"text", live, "text/plain", -1, nil, 403, nil},
		{"other parts", live, "multipart/mixed; boundary=x", -1, nil, 403, nil},
		{"malformed type", live, "multipart/form-dat\x00a", -1, nil, 403, nil},
		{"another origin", live, urlencoded, -1, header("Sec-Fetch-Site", "cross-site"), 403, nil},
		{"wrong header", live, urlencoded, -1, header("X-CSRF-Token", "x"), 403, nil},
		{"announced too large", live, urlencoded, 1001, nil, 413, []string{"load"}},
		{"too large, but with the header", live, urlencoded, 1001, header("X-CSRF-Token", token), 200, []string{"load"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", unread{t})
			r.ContentLength = c.length
			r.Header.Set("Content-Type", c.contentType)
			if c.cookie != "" {
				r.Header.Set("Cookie", "__Host-session="+c.cookie)
			}
			if c.prepare != nil {
				c.prepare(r)
			}
			store.took()
			if status, reached := protect(m, r); status != c.want || reached != (c.want == http.StatusOK) {
				t.Errorf("status %d, want %d; the handler was reached: %v", status, c.want, reached)
			}
			wantCalls(t, store, c.calls...)
		})
	}
}

// A form is read up to MaxForm, whatever other bounds net/http has for it.
func TestProtectCSRFMaxForm(t *testing.T) {
	const large = 11 << 20
	m := newManager(t, newStore(), &atomicsession.Options{CSRF: atomicsession.CSRFOptions{MaxForm: large}})
	usual := newManager(t, newStore(), nil)
	for _, c := range []struct {
		name string
		m    *atomicsession.Manager
		size int
		want int
	}{
		{"as large as it may be", m, large, 200},
		{"a byte more", m, large + 1, 413},
		{"default", usual, 10 << 20, 200},
		{"default, a byte more", usual, 10<<20 + 1, 413},
	} {
		cookie := newToken(t, c.m)
		var token string
		err := request(t, c.m, cookie, func(ctx context.Context, s *atomicsession.Session) (err error) {
			token, err = s.CSRFToken(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		text := "csrf_token=" + token + "&a="
		for _, announced := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(text+strings.Repeat("x", c.size-len(text))))
			if !announced {
				r.ContentLength = -1
			}
			r.Header.Set("Content-Type", urlencoded)
			r.Header.Set("Cookie", "__Host-session="+cookie)
			if status, _ := protect(c.m, r); status != c.want {
				t.Errorf("%s, announced %v: status %d, want %d", c.name, announced, status, c.want)
			}
		}
	}
}

// A visitor with a session cannot fill the disk with a form that does not end.
func TestProtectCSRFBoundsFiles(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none")) // a file would be another error
	m := newManager(t, newStore(), nil)
	form := &endless{left: 200 << 20, start: strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n")}
	r := httptest.NewRequest(http.MethodPost, "/", form)
	r.ContentLength = -1
	r.Header.Set("Content-Type", multiparts)
	r.Header.Set("Cookie", "__Host-session="+newToken(t, m))
	if status, reached := protect(m, r); status != http.StatusRequestEntityTooLarge || reached {
		t.Errorf("status %d, the handler was reached: %v", status, reached)
	}
	if form.got < 10<<20 || form.got > 10<<20+1<<16 {
		t.Errorf("%d bytes were read", form.got)
	}
}

// A form with more parts than the standard library reads is too large, and not a forgery.
func TestProtectCSRFTooManyParts(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	var body strings.Builder
	form := multipart.NewWriter(&body)
	for i := range 1100 {
		_ = form.WriteField("f"+strconv.Itoa(i), "x") // a strings.Builder takes everything
	}
	_ = form.WriteField("csrf_token", csrfOf(t, b))
	_ = form.Close()
	r := httptest.NewRequest(http.MethodPost, "https://example.com/", strings.NewReader(body.String()))
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Cookie", "__Host-session="+b.token())
	w := httptest.NewRecorder()
	site.sessions.Middleware(site.sessions.ProtectCSRF(http.NotFoundHandler())).ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("got %d", w.Code)
	}
}
