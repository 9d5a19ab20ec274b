package atomicsession_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// What cannot be sent is answered in place of the handler, which is told when it writes.
func TestLaterFails(t *testing.T) {
	answers := map[string]func(w http.ResponseWriter, r *http.Request) error{
		"nothing": func(http.ResponseWriter, *http.Request) error { return nil },
		"WriteHeader": func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusCreated)
			w.WriteHeader(http.StatusOK)
			_, err := w.Write([]byte("mine"))
			return err
		},
		"Write":  func(w http.ResponseWriter, _ *http.Request) error { _, err := w.Write([]byte("mine")); return err },
		"string": func(w http.ResponseWriter, _ *http.Request) error { _, err := io.WriteString(w, "mine"); return err },
		"redirect": func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, "/mine", http.StatusSeeOther)
			return nil
		},
		"ReadFrom": func(w http.ResponseWriter, _ *http.Request) error {
			_, err := io.Copy(w, strings.NewReader("mine"))
			return err
		},
		"Flush": func(w http.ResponseWriter, _ *http.Request) error {
			w.(http.Flusher).Flush()
			_, err := w.Write([]byte("mine"))
			return errors.Join(err, http.NewResponseController(w).Flush())
		},
	}
	for name, answer := range answers {
		for _, fault := range []error{atomicsession.ErrUnavailable, atomicsession.ErrUnknownOutcome, atomicsession.ErrNotFound, atomicsession.ErrType} {
			t.Run(name+"/"+fault.Error(), func(t *testing.T) {
				s := newStore()
				m := newManager(t, s, nil)
				token := newToken(t, m)
				status := atomicsession.StatusCode(fault)
				resp := later(t, m, token, func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
					must(t, session.Renew(r.Context()))
					must(t, session.Later(r.Context(), b.Set(5)))
					s.took()
					s.fail(fault, "update")
					for _, header := range []string{"Content-Type", "Content-Length", "Content-Disposition", "Etag", "Location", "Set-Cookie", "X-Kept"} {
						w.Header().Set(header, "mine")
					}
					if err := answer(w, r); name != "nothing" && name != "redirect" && !errors.Is(err, fault) {
						t.Errorf("the handler is told %v", err)
					}
				})
				wantCalls(t, s, "update")
				body, _ := io.ReadAll(resp.Body)
				if resp.StatusCode != status || strings.Contains(string(body), "mine") || !strings.Contains(string(body), http.StatusText(status)) {
					t.Errorf("%d %s, want %d", resp.StatusCode, body, status)
				}
				for header, values := range resp.Header {
					if strings.Contains(strings.Join(values, ""), "mine") != (header == "X-Kept") {
						t.Errorf("%s: %q", header, values)
					}
				}
				cookie := sessionCookie(resp)
				if errors.Is(fault, atomicsession.ErrNotFound) { // then there is none to keep
					return
				}
				if cookie == nil {
					t.Fatal("the new secret is lost")
				}
				s.before(nil)
				if got := stored(t, m, cookie.Value); got != `{"a":1}` {
					t.Error(got)
				}
			})
		}
	}
}

// An option replaces the answer, and cannot use the session.
func TestLaterFailedOption(t *testing.T) {
	s := newStore()
	var m *atomicsession.Manager
	m = newManager(t, s, &atomicsession.Options{LaterFailed: func(w http.ResponseWriter, r *http.Request, err error) {
		if !errors.Is(err, atomicsession.ErrUnavailable) || !strings.Contains(err.Error(), "session flush") {
			t.Error(err)
		}
		if _, _, err := a.Get(r.Context(), m.Get(r.Context())); !errors.Is(err, atomicsession.ErrNoMiddleware) {
			t.Error(err)
		}
		w.WriteHeader(http.StatusTeapot)
	}})
	resp := later(t, m, "", func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		s.fail(atomicsession.ErrUnavailable)
		must(t, session.Later(r.Context(), b.Set(5)))
		w.Header().Set("Cache-Control", "public, max-age=31536000")
	})
	if resp.StatusCode != http.StatusTeapot || sessionCookie(resp) != nil || resp.Header.Get("Cache-Control") != "no-store" {
		t.Error(resp.StatusCode, resp.Header)
	}
	s.before(nil)
	wantRows(t, s, 0)
}

// A session begun with an unknown outcome is not left behind.
func TestLaterBeginsInDoubt(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	resp := later(t, m, "", func(_ http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		must(t, session.Later(r.Context(), b.Set(5)))
		s.before(func(_ context.Context, call string) error {
			if call == "create" {
				s.lost = call
			}
			return nil
		})
	})
	if resp.StatusCode != http.StatusServiceUnavailable || sessionCookie(resp) != nil {
		t.Error(resp.StatusCode, resp.Header)
	}
	s.before(nil)
	wantRows(t, s, 0)
}

// A failure before the end of the handler drops the queue, and the handler goes on.
func TestLaterFailsEarlier(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	token := newToken(t, m)
	resp := later(t, m, token, func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		must(t, session.Later(r.Context(), b.Set(5)))
		s.fail(atomicsession.ErrUnavailable, "update")
		if _, _, err := b.Get(r.Context(), session); !errors.Is(err, atomicsession.ErrUnavailable) || !strings.Contains(err.Error(), "Later") {
			t.Error(err)
		}
		s.before(nil)
		s.took()
		w.WriteHeader(http.StatusAccepted)
	})
	wantCalls(t, s)
	if resp.StatusCode != http.StatusAccepted {
		t.Error(resp.StatusCode)
	}
}

// The client may have gone.
func TestLaterClientGone(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	token := newToken(t, m)
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
	r.Header.Set("Cookie", "__Host-session="+token)
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		must(t, m.Get(r.Context()).Later(r.Context(), b.Set(5)))
		cancel()
	})).ServeHTTP(httptest.NewRecorder(), r)
	if got := stored(t, m, token); got != `{"a":1,"b":5}` {
		t.Error(got)
	}
}

// A connection that is hijacked has its session first; if that fails it is not.
func TestLaterHijack(t *testing.T) {
	for _, fault := range []error{nil, atomicsession.ErrUnavailable} {
		s := newStore()
		m := newManager(t, s, nil)
		token := newToken(t, m)
		s.took()
		server := httptest.NewServer(m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			must(t, m.Get(r.Context()).Later(r.Context(), b.Set(5)))
			s.fail(fault, "update")
			conn, _, err := http.NewResponseController(w).Hijack()
			if !errors.Is(err, fault) {
				t.Error(err)
			}
			if err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 299 Mine\r\n\r\n")
				_ = conn.Close()
			}
		})))
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		must(t, err)
		_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: __Host-session="+token+"\r\n\r\n")
		must(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		want := 299
		if fault != nil {
			want = http.StatusServiceUnavailable
		}
		if resp.StatusCode != want {
			t.Errorf("%d, want %d", resp.StatusCode, want)
		}
		wantCalls(t, s, "update")
		_ = conn.Close()
		server.Close()
	}
}

// Several goroutines may queue while another one writes: what Later has taken is stored.
func TestLaterAtOnce(t *testing.T) {
	s := newStore()
	m := newManager(t, s, nil)
	token := newToken(t, m)
	var taken sync.Map
	later(t, m, token, func(w http.ResponseWriter, r *http.Request, session *atomicsession.Session) {
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for j := range 50 {
					err := session.Later(r.Context(), n.Inc(1))
					switch {
					case err == nil:
						taken.Store([2]int{i, j}, true)
					case !errors.Is(err, atomicsession.ErrHeadersSent):
						t.Error(err)
					}
					if i == 0 && j == 25 {
						w.WriteHeader(http.StatusOK)
					}
				}
			})
		}
		group.Wait()
	})
	count := int64(0)
	taken.Range(func(any, any) bool { count++; return true })
	must(t, request(t, m, token, func(ctx context.Context, s *atomicsession.Session) error {
		got, _, err := n.Get(ctx, s)
		if got != count {
			t.Errorf("%d are stored, %d were taken", got, count)
		}
		return err
	}))
}
