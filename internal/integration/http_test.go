package integration

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

func readAll(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

// overBoth runs f over HTTP/1 and HTTP/2.
func overBoth(t *testing.T, f func(t *testing.T, http2 bool)) {
	t.Run("HTTP/1", func(t *testing.T) { f(t, false) })
	t.Run("HTTP/2", func(t *testing.T) { f(t, true) })
}

// Events arrive one by one, the cookie with the first; the session is updated while the stream goes on.
func TestServerSentEvents(t *testing.T) {
	overBoth(t, func(t *testing.T, http2 bool) {
		next := make(chan struct{})
		s := newSite(t, http2, func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			w.Header().Set("Content-Type", "text/event-stream")
			for i := range 3 {
				if err := s.Update(r.Context(), count.Inc(1)); err != nil {
					t.Error(err)
				}
				fmt.Fprintf(w, "data: %d\n\n", i)
				if i == 1 {
					w.(http.Flusher).Flush()
				} else if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
				<-next // the client has it
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		resp := s.get(ctx, "/", nil)
		if got := resp.ProtoMajor; (got == 2) != http2 {
			t.Errorf("the protocol is HTTP/%d", got)
		}
		if resp.Header.Get("Set-Cookie") == "" || resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Vary") != "Cookie" {
			t.Errorf("the header is %v", resp.Header)
		}
		lines := bufio.NewScanner(resp.Body)
		for i := range 3 {
			if !lines.Scan() || lines.Text() != fmt.Sprint("data: ", i) || !lines.Scan() {
				t.Errorf("event %d is %q, %v", i, lines.Text(), lines.Err())
			}
			next <- struct{}{}
		}
		s.wantDocument(`{"count":3}`)
	})
}

// A flush to a client that is gone says so, as it does without the middleware.
func TestFlushToNobody(t *testing.T) {
	flushed := make(chan error, 1)
	s := newSite(t, false, func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		rc := http.NewResponseController(w)
		_ = rc.Flush()
		<-r.Context().Done()
		var err error
		for range 100 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<16))
			if err = rc.Flush(); err != nil {
				break
			}
		}
		flushed <- err
	})
	ctx, cancel := context.WithCancel(t.Context())
	s.get(ctx, "/", nil)
	cancel()
	if err := <-flushed; err == nil {
		t.Error("the error is lost")
	}
}

func TestManyRequestsOverHTTP2(t *testing.T) {
	s := newSite(t, true, func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		if err := s.Update(r.Context(), count.Inc(1)); err != nil {
			t.Error(err)
		}
	})
	readAll(t, s.get(t.Context(), "/", nil))
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			resp, err := s.browser.Get(s.server.URL)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if resp.ProtoMajor != 2 || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("HTTP/%d, cookie %q", resp.ProtoMajor, resp.Header.Get("Set-Cookie"))
			}
		})
	}
	wg.Wait()
	s.wantDocument(`{"count":51}`)
}

func TestServeContent(t *testing.T) {
	content := []byte(strings.Repeat("0123456789", 10_000))
	file := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	overBoth(t, func(t *testing.T, http2 bool) {
		s := newSite(t, http2, func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := s.Update(r.Context(), count.Inc(1)); err != nil {
				t.Error(err)
			}
			http.ServeFile(w, r, file)
		})
		for _, c := range []struct {
			ranges string
			status int
			body   string
		}{
			{"", 200, string(content)},
			{"bytes=5-14", 206, "5678901234"},
			{"bytes=-3", 206, "789"},
			{"bytes=99998-", 206, "89"},
			{"bytes=200000-", 416, ""},
		} {
			header := http.Header{}
			if c.ranges != "" {
				header.Set("Range", c.ranges)
			}
			resp := s.get(t.Context(), "/", header)
			body := readAll(t, resp)
			if resp.StatusCode != c.status || c.body != "" && body != c.body {
				t.Errorf("%q: status %d, %d bytes", c.ranges, resp.StatusCode, len(body))
			}
			if c.ranges == "" && (resp.ContentLength != int64(len(content)) || resp.Header.Get("Set-Cookie") == "") {
				t.Errorf("length %d, cookie %q", resp.ContentLength, resp.Header.Get("Set-Cookie"))
			}
			if resp.Header.Get("Vary") != "Cookie" {
				t.Errorf("%q: Vary is %q", c.ranges, resp.Header.Get("Vary"))
			}
		}
		s.wantDocument(`{"count":5}`)
	})
}

func TestResponseController(t *testing.T) {
	overBoth(t, func(t *testing.T, http2 bool) {
		s := newSite(t, http2, func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			rc := http.NewResponseController(w)
			later := time.Now().Add(time.Minute)
			for name, err := range map[string]error{
				"SetReadDeadline": rc.SetReadDeadline(later), "SetWriteDeadline": rc.SetWriteDeadline(later),
				"EnableFullDuplex": rc.EnableFullDuplex(),
			} {
				if err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := s.Update(r.Context(), count.Inc(1)); err != nil { // none of these sent the header
				t.Error(err)
			}
		})
		if resp := s.get(t.Context(), "/", nil); resp.Header.Get("Set-Cookie") == "" {
			t.Error("no cookie")
		}
		s.wantDocument(`{"count":1}`)
	})
}

// A handler that takes the connection over finds the cookie in the header map, and writes it itself.
func TestHijack(t *testing.T) {
	for name, hijack := range map[string]func(http.ResponseWriter) (io.WriteCloser, error){
		"Hijacker": func(w http.ResponseWriter) (io.WriteCloser, error) {
			c, _, err := w.(http.Hijacker).Hijack()
			return c, err
		},
		"ResponseController": func(w http.ResponseWriter) (io.WriteCloser, error) {
			c, _, err := http.NewResponseController(w).Hijack()
			return c, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, false, func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				if err := s.Update(r.Context(), count.Inc(1)); err != nil {
					t.Error(err)
				}
				conn, err := hijack(w)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n")
				_ = w.Header().Write(conn)
				fmt.Fprint(conn, "\r\nraw")
			})
			resp := s.get(t.Context(), "/", nil)
			if got := readAll(t, resp); got != "raw" || resp.Header.Get("Set-Cookie") == "" {
				t.Errorf("got %q with the header %v", got, resp.Header)
			}
			s.wantDocument(`{"count":1}`)
		})
	}
}
