package adaptertest_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adaptertest"
)

// unwrapped is a writer that says nothing of what is below it.
type unwrapped struct{ http.ResponseWriter }

// flushesPast flushes below the session's writer.
type flushesPast struct {
	http.ResponseWriter
	below http.ResponseWriter
}

func (w flushesPast) Flush() { _ = http.NewResponseController(w.below).Flush() }

// hidesFailure writes the handler's status whatever became of its queue.
type hidesFailure struct {
	http.ResponseWriter
	below http.ResponseWriter
}

func (w hidesFailure) WriteHeader(status int) { w.below.WriteHeader(status) }

// begun is a middleware that serves next in some way with what Begin has returned.
func begun(serve func(below, w http.ResponseWriter, before, r *http.Request, finish func(int) error, next http.Handler)) adaptertest.Framework {
	return site(func(m *atomicsession.Manager, next http.Handler) http.Handler {
		return http.HandlerFunc(func(below http.ResponseWriter, before *http.Request) {
			x := m.Begin(below, before)
			serve(below, x.Writer, before, x.Request, x.Finish, next)
		})
	})
}

// broken are adapters with a mistake that people make, and the rows that must tell of it.
var broken = map[string]struct {
	framework adaptertest.Framework
	rows      []string
}{
	"written past": {begun(func(below, _ http.ResponseWriter, _, r *http.Request, finish func(int) error, next http.Handler) {
		defer func() { _ = finish(http.StatusOK) }()
		next.ServeHTTP(below, r)
	}), []string{"first_cookie", "redirect", "HEAD", "stream"}},
	"context of before": {begun(func(_, w http.ResponseWriter, before, _ *http.Request, finish func(int) error, next http.Handler) {
		defer func() { _ = finish(http.StatusOK) }()
		next.ServeHTTP(w, before)
	}), []string{"counter"}},
	"never finished": {begun(func(_, w http.ResponseWriter, _, r *http.Request, _ func(int) error, next http.Handler) {
		next.ServeHTTP(w, r)
	}), []string{"panic"}},
	"panics finish well": {begun(func(_, w http.ResponseWriter, _, r *http.Request, finish func(int) error, next http.Handler) {
		defer func() { _ = finish(http.StatusOK) }()
		next.ServeHTTP(w, r)
	}), []string{"panic"}},
	"no flush": {begun(func(_, w http.ResponseWriter, _, r *http.Request, finish func(int) error, next http.Handler) {
		next.ServeHTTP(unwrapped{w}, r)
		_ = finish(http.StatusOK)
	}), []string{"stream", "hijack", "websocket"}},
	"flushed past": {begun(func(below, w http.ResponseWriter, _, r *http.Request, finish func(int) error, next http.Handler) {
		next.ServeHTTP(flushesPast{w, below}, r)
		_ = finish(http.StatusOK)
	}), []string{"hijack"}},
	"status written past": {begun(func(below, w http.ResponseWriter, _, r *http.Request, finish func(int) error, next http.Handler) {
		next.ServeHTTP(hidesFailure{w, below}, r)
		_ = finish(http.StatusOK)
	}), []string{"first_cookie", "failing_queue"}},
}

const brokenAdapter = "ADAPTERTEST_BROKEN"

// The suite fails for every broken adapter, in the rows that are about its mistake: in a process of its own, since it is to fail.
func TestBroken(t *testing.T) {
	if name := os.Getenv(brokenAdapter); name != "" {
		adaptertest.Run(t, broken[name].framework)
		return
	}
	for name, adapter := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$/^("+strings.Join(adapter.rows, "|")+")$")
			command.Env = append(os.Environ(), brokenAdapter+"="+name)
			out, err := command.CombinedOutput()
			if err == nil {
				t.Fatal("the suite passes")
			}
			for _, row := range adapter.rows {
				if !strings.Contains(string(out), "--- FAIL: TestBroken/"+row+" ") {
					t.Errorf("%s does not fail:\n%s", row, out)
				}
			}
		})
	}
}
