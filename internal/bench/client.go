package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/peer"
)

// target is an application as its clients reach it.
type target interface {
	// send sends a request, and returns the cookie that came with the answer, "" if none.
	send(ctx context.Context, path, cookie string) (newCookie string, err error)
	// repeated returns a function that sends always the same request, for one goroutine, with as little of its own as possible.
	repeated(path, cookie string) func() error
}

// cookieOf returns the latest cookie that a response sets, as a request sends it.
func cookieOf(header http.Header) string {
	set := header["Set-Cookie"]
	if len(set) == 0 {
		return ""
	}
	cookie, _, _ := strings.Cut(set[len(set)-1], ";")
	return cookie
}

func statusError(path string, status int, body []byte) error {
	return fmt.Errorf("%s: status %d: %s", path, status, strings.TrimSpace(string(body)))
}

// inProcess calls a handler, without a network.
type inProcess struct{ handler http.Handler }

func request(ctx context.Context, url, cookie string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err == nil && cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	return r, err
}

func (t inProcess) send(ctx context.Context, path, cookie string) (string, error) {
	r, err := request(ctx, path, cookie)
	if err != nil {
		return "", err
	}
	w := &recorder{header: make(http.Header)}
	t.handler.ServeHTTP(w, r)
	if w.code() != http.StatusOK {
		return "", statusError(path, w.code(), w.body)
	}
	return cookieOf(w.header), nil
}

func (t inProcess) repeated(path, cookie string) func() error {
	base, err := request(context.Background(), path, cookie)
	if err != nil {
		return func() error { return err }
	}
	w := &recorder{header: make(http.Header)}
	return func() error {
		clear(w.header)
		w.status, w.body = 0, w.body[:0]
		r := *base // a handler may change the request
		t.handler.ServeHTTP(w, &r)
		if w.code() != http.StatusOK {
			return statusError(path, w.code(), w.body)
		}
		return nil
	}
}

// recorder is a response that is used again and again.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, data...)
	return len(data), nil
}

// WriteString spares handlers the copy, as net/http does.
func (w *recorder) WriteString(text string) (int, error) { //nolint:unparam // io.StringWriter has an error
	w.WriteHeader(http.StatusOK)
	w.body = append(w.body, text...)
	return len(text), nil
}

func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// maxClients is how many clients there are at most.
const maxClients = 256

// overHTTP sends requests to a server on this machine, over connections that are kept.
type overHTTP struct {
	base   string
	client *http.Client
}

// dial serves the application, and returns a target that reaches it over HTTP.
func dial(app *peer.App) (_ *overHTTP, closeTarget func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: maxClients, DisableCompression: true}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = app.Serve(ctx, listener)
	}()
	return &overHTTP{"http://" + listener.Addr().String(), &http.Client{Transport: transport, Timeout: time.Minute}}, func() {
		transport.CloseIdleConnections()
		stop()
		<-served
	}, nil
}

func (t *overHTTP) send(ctx context.Context, path, cookie string) (newCookie string, err error) {
	r, err := request(ctx, t.base+path, cookie)
	if err != nil {
		return "", err
	}
	resp, err := t.client.Do(r)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", statusError(path, resp.StatusCode, body)
	}
	return cookieOf(resp.Header), nil
}

func (t *overHTTP) repeated(path, cookie string) func() error {
	return func() error {
		_, err := t.send(context.Background(), path, cookie)
		return err
	}
}
