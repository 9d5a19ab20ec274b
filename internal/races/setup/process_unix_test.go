//go:build unix

package setup

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestMain is the application of these tests where it is started as one. It starts another process.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "application" {
		os.Exit(m.Run())
	}
	child := exec.Command("sleep", "600")
	if err := child.Start(); err != nil {
		panic(err)
	}
	http.HandleFunc("GET /state", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(strconv.Itoa(child.Process.Pid)))
	})
	panic(http.ListenAndServe(net.JoinHostPort("127.0.0.1", os.Getenv("PORT")), nil))
}

func contestant(serve ...string) *Contestant {
	return &Contestant{Setup: Setup{Serve: serve}, name: "test/test/test"}
}

// TestStop has nothing be left of an application: no process, no folder.
func TestStop(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p, err := contestant("races", "application").Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Browser().Get(t.Context(), "/state")
	if err != nil {
		t.Fatal(err)
	}
	child, err := strconv.Atoi(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(10 * time.Second); testserver.Lives(child); {
		if time.Now().After(deadline) {
			t.Fatal("what the application has started goes on")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if _, err := p.Browser().Get(t.Context(), "/state"); err == nil {
		t.Error("it still answers")
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Error("it has left something", left, err)
	}
}

func TestStartFails(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, err := contestant("sh", "-c", "echo the reason >&2; exit 3").Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "test/test/test") || !strings.Contains(err.Error(), "the reason") {
		t.Error(err)
	}
	if _, err := contestant("no such program").Start(t.Context()); err == nil {
		t.Error("it has been started")
	}
	c := contestant("sh")
	c.Servers = []string{"Oracle"}
	if _, err := c.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "Oracle") {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Error("it has left something", left, err)
	}
}
