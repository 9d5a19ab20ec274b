package redisstore

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// methodsInOneLine expects errors of one line of every method of the store.
func methodsInOneLine(t *testing.T, s *Store, what string) {
	t.Helper()
	for name, call := range storetest.Methods(s, storetest.NewKey(), time.Now()) {
		storetest.InOneLine(t, what+": "+name, call(within(t, 5*time.Second)), driver.ErrUnavailable, driver.ErrUnknownOutcome)
	}
}

func TestOneLineServerDown(t *testing.T) {
	srv := newServer(t)
	s := newStore(t, srv.Addr, Options{Timeout: 100 * time.Millisecond})
	srv.Kill()
	methodsInOneLine(t, s, "down")
	_, err := Open(t.Context(), "redis://app:the-password@"+srv.Addr, nil)
	storetest.InOneLine(t, "Open", err, driver.ErrUnavailable)
	_, err = Open(t.Context(), "redis+cluster://app:the-password@"+srv.Addr+","+srv.Addr, nil)
	storetest.InOneLine(t, "Open of a cluster", err, driver.ErrUnavailable)
}

// TestOneLineTLS has servers that do not speak TLS, or show a certificate that nobody knows.
func TestOneLineTLS(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	_, err := Open(t.Context(), "rediss://app:the-password@"+plain.Listener.Addr().String(), nil)
	storetest.InOneLine(t, "no TLS", err, driver.ErrUnavailable)
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	_, err = Open(t.Context(), "rediss://app:the-password@"+web.Listener.Addr().String(), nil)
	storetest.InOneLine(t, "unknown certificate", err, driver.ErrUnavailable)
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok {
		t.Errorf("what is behind %v is lost", err)
	}
}

// TestOneLineDial has a dialer whose error says a line for each of the ways it has tried.
func TestOneLineDial(t *testing.T) {
	p := storetest.Proxy(t, address)
	var broken atomic.Bool
	reason := errors.New("no way")
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{p.Addr()}, DisableRetry: true, AlwaysPipelining: true, ForceSingleClient: true,
		DialCtxFn: func(ctx context.Context, addr string, d *net.Dialer, _ *tls.Config) (net.Conn, error) {
			if broken.Load() {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.Join(errors.New("first"), reason)}
			}
			return d.DialContext(ctx, "tcp", addr)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s, err := New(client, &Options{Prefix: freshPrefix(), Timeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	p.SetDown(true)
	methodsInOneLine(t, s, "dial")
	_, err = s.Load(t.Context(), time.Now(), storetest.NewKey())
	if !errors.Is(err, reason) || !strings.Contains(err.Error(), "first; no way") {
		t.Errorf("error %v, want %v behind it", err, reason)
	}
}

// TestOneLineServerError has a server answer with an error of several lines that quotes the command.
func TestOneLineServerError(t *testing.T) {
	p := storetest.Proxy(t, address)
	s := newStore(t, p.Addr(), Options{Timeout: 100 * time.Millisecond})
	for _, text := range []string{
		"ERR user_script:1: whose-session\nline two script: f3, on @user_script:1.", "ERR one\r\nwhose-session", "OOM one\ntwo", "LOADING one\ntwo",
	} {
		p.Edit(func([]byte) []byte { return fmt.Appendf(nil, "!%d\r\n%s\r\n", len(text), text) })
		p.Plan(func(request []byte) faultproxy.Fault {
			if bytes.Contains(request, []byte("HELLO")) {
				return faultproxy.None
			}
			return faultproxy.EditReply
		})
		_, err := s.Update(t.Context(), time.Now(), storetest.NewKey(), inc("n"))
		storetest.InOneLine(t, text, err, driver.ErrCorrupt, driver.ErrUnavailable, driver.ErrFull)
		_, err = s.Load(t.Context(), time.Now(), storetest.NewKey())
		storetest.InOneLine(t, text, err, driver.ErrCorrupt, driver.ErrUnavailable, driver.ErrFull)
	}
}

// TestOneLineNoCache has a server that refuses client-side caching, which the client tells with its own words behind the server's.
func TestOneLineNoCache(t *testing.T) {
	srv := newServer(t, strings.Fields("--user default on nopass ~* &* +@all -client|tracking")...)
	_, err := Open(t.Context(), "redis://"+srv.Addr+"?cache_ttl=1s", nil)
	storetest.InOneLine(t, "Open", err, driver.ErrUnavailable)
	if !errors.Is(err, rueidis.ErrNoCache) || strings.Contains(err.Error(), "TRACKING") {
		t.Errorf("error %v, want %v alone", err, rueidis.ErrNoCache)
	}
}

func TestOneLine(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	err := explain(ended, io.ErrUnexpectedEOF)
	storetest.InOneLine(t, "context", err, driver.ErrUnknownOutcome)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want both %v and %v", err, context.Canceled, io.ErrUnexpectedEOF)
	}
	storetest.InOneLine(t, "joined", explain(t.Context(), errors.Join(io.EOF, io.ErrClosedPipe)), io.ErrClosedPipe)
	o := &operation{update: inc("n")}
	storetest.InOneLine(t, "answer", o.failure(answer{"what\nwhose-session"}), driver.ErrUnknownOutcome)
}
