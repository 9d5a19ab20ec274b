package faultproxy_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
)

// echo is a server that answers every line with the same line, and remembers them.
type echo struct {
	addr string
	mu   sync.Mutex
	seen []string
}

func newEcho(t *testing.T) *echo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{addr: l.Addr().String()}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			done.Go(func() { e.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); done.Wait() })
	return e
}

func (e *echo) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		e.mu.Lock()
		e.seen = append(e.seen, strings.TrimSpace(line))
		e.mu.Unlock()
		if _, err := io.WriteString(c, line); err != nil {
			return
		}
	}
}

func (e *echo) saw(line string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Contains(e.seen, line)
}

func newProxy(t *testing.T, e *echo) *faultproxy.Proxy {
	t.Helper()
	p, err := faultproxy.New(e.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func dial(t *testing.T, p *faultproxy.Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a line and returns the answer.
func ask(c net.Conn, line string) (string, error) {
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(answer), err
}

func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		name     string
		fault    faultproxy.Fault
		answered bool // without Release
		arrives  bool // at the server, without Release
		cut      bool
		late     bool // answered after Release
	}{
		{name: "none", fault: faultproxy.None, answered: true, arrives: true},
		{name: "drop request", fault: faultproxy.DropRequest, cut: true},
		{name: "drop reply", fault: faultproxy.DropReply, arrives: true, cut: true},
		{name: "cut request", fault: faultproxy.CutRequest, cut: true},
		{name: "cut reply", fault: faultproxy.CutReply, arrives: true, cut: true},
		{name: "stall request", fault: faultproxy.StallRequest, late: true},
		{name: "stall reply", fault: faultproxy.StallReply, arrives: true, late: true},
		{name: "half open", fault: faultproxy.HalfOpen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEcho(t)
			p := newProxy(t, e)
			c := dial(t, p)
			if answer, err := ask(c, "first"); answer != "first" || err != nil {
				t.Fatalf("before the fault: %q, %v", answer, err)
			}
			met := p.Once(tt.fault, "second")
			if !tt.answered && !tt.cut {
				if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
					t.Error(err)
				}
			}
			answer, err := ask(c, "second")
			if !met() {
				t.Error("the fault was not met")
			}
			switch {
			case tt.answered && (answer != "second" || err != nil):
				t.Errorf("%q, %v instead of an answer", answer, err)
			case tt.cut && (err == nil || errors.Is(err, os.ErrDeadlineExceeded)):
				t.Errorf("%q, %v instead of a cut connection", answer, err)
			case !tt.answered && !tt.cut && !errors.Is(err, os.ErrDeadlineExceeded):
				t.Errorf("%q, %v instead of silence", answer, err)
			}
			if tt.arrives {
				waitFor(t, func() bool { return e.saw("second") })
			} else if e.saw("second") {
				t.Error("the request reached the server")
			}
			if tt.late {
				p.Release()
				if err := c.SetReadDeadline(time.Time{}); err != nil {
					t.Error(err)
				}
				line, err := bufio.NewReader(c).ReadString('\n')
				if line != "second\n" || err != nil {
					t.Errorf("%q, %v instead of the late answer", line, err)
				}
			}
			if answer, err := ask(dial(t, p), "third"); answer != "third" || err != nil {
				t.Errorf("on the next connection: %q, %v", answer, err)
			}
		})
	}
}

// A late request reaches the server although the client has gone.
func TestLateRequest(t *testing.T) {
	e := newEcho(t)
	p := newProxy(t, e)
	p.Once(faultproxy.LateRequest, "late")
	if answer, err := ask(dial(t, p), "late"); err == nil {
		t.Errorf("%q instead of a cut connection", answer)
	}
	if e.saw("late") || p.Delivered() != 0 {
		t.Fatal("the request was not late")
	}
	p.Release()
	waitFor(t, func() bool { return p.Delivered() == 1 })
	if !e.saw("late") {
		t.Error("the request did not reach the server")
	}
}

func TestSetDown(t *testing.T) {
	p := newProxy(t, newEcho(t))
	c := dial(t, p)
	if _, err := ask(c, "up"); err != nil {
		t.Fatal(err)
	}
	p.SetDown(true)
	if _, err := ask(c, "down"); err == nil {
		t.Error("an old connection works")
	}
	if _, err := ask(dial(t, p), "down"); err == nil {
		t.Error("a new connection works")
	}
	p.SetDown(false)
	if _, err := ask(dial(t, p), "up"); err != nil {
		t.Error(err)
	}
}

// waitFor waits for something that happens in another goroutine, and fails only if it never does.
func waitFor(t *testing.T, happened func() bool) {
	t.Helper()
	for range 5000 {
		if happened() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it did not happen")
}

func TestEditReply(t *testing.T) {
	e := newEcho(t)
	p := newProxy(t, e)
	c := dial(t, p)
	p.Edit(func(reply []byte) []byte { return append([]byte("not "), reply...) })
	met := p.Once(faultproxy.EditReply, "second")
	for _, exchange := range []struct{ line, answer string }{{"first", "first"}, {"second", "not second"}, {"third", "third"}} {
		if answer, err := ask(c, exchange.line); answer != exchange.answer || err != nil {
			t.Errorf("%q, %v instead of %q", answer, err, exchange.answer)
		}
	}
	if !met() || !e.saw("second") {
		t.Error("the request did not reach the server")
	}
}
