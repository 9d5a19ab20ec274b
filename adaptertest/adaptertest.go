// Package adaptertest proves that an adapter, by which the handlers of a web framework get their sessions, does what
// [atomicsession.Manager.Middleware] does for those of net/http. The adapter's test says how the framework serves, and how its handlers do
// what the suite asks for:
//
//	func TestAdapter(t *testing.T) {
//		adaptertest.Run(t, adaptertest.Framework{Serve: func(t *testing.T, m *atomicsession.Manager, handle adaptertest.Handler) string {
//			app := framework.New()
//			app.Use(adapter.Middleware(m))
//			app.Handle(adaptertest.Guarded, adapter.Wrap(m.ProtectCSRF), ...) // that very path, too
//			app.Handle("/*", func(c framework.Context) { handle(c.Request().Context(), c.Path()).Write(m, c.Writer(), c.Request()) })
//			server := httptest.NewServer(app)
//			t.Cleanup(server.Close)
//			return server.URL
//		}})
//	}
//
// The adapters of this repository are such tests, in the framework's own words: adapter/gin, adapter/echo, adapter/fiber.
package adaptertest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

// Framework is a web framework with its adapter.
type Framework struct {
	// Serve starts a server, which stops when the test ends, and returns where it is ("http://127.0.0.1:8080"). Its handler of any path, for
	// GET, HEAD and POST, calls handle inside of the adapter for m, and carries out the answer. What begins with [Guarded] passes
	// [atomicsession.Manager.ProtectCSRF] before. The framework's page of errors calls handle too, with [ErrorPage] for a path,
	// when a handler has failed with [Answer].Err, and answers with what that says. The framework's recover middleware, if it has
	// one, stands outside of the adapter. Serve may be called for several servers at a time.
	Serve func(t *testing.T, m *atomicsession.Manager, handle Handler) (url string)

	// Impossible names what the framework makes impossible, by the name of the subtest, and says why. It is not tested, and the reason is
	// logged. A name that no subtest has fails the test.
	Impossible map[string]string
}

const (
	// Guarded is how the paths begin that need a CSRF token.
	Guarded = "/guarded"
	// ErrorPage is the path for which the framework's page of errors asks.
	ErrorPage = "/error-page"
)

// Handler is what a handler of the framework calls: with the context that its requests have for [atomicsession.Manager.Get], and the path. It
// uses the session, and returns what the handler is to do then.
type Handler func(ctx context.Context, path string) Answer

// Run runs the suite, as subtests. It takes a few seconds, and is for the race detector too.
func Run(t *testing.T, f Framework) {
	for name := range f.Impossible {
		if _, ok := find(name); !ok {
			t.Errorf("there is no %q that could be impossible", name)
		}
	}
	for _, r := range rows {
		if why, ok := f.Impossible[r.name]; ok {
			t.Logf("%s: impossible: %s", r.name, why)
			continue
		}
		t.Run(r.name, func(t *testing.T) { r.run(&site{t: t, framework: f}) })
	}
}

type row struct {
	name string
	run  func(*site)
}

func find(name string) (row, bool) {
	for _, r := range rows {
		if r.name == name {
			return r, true
		}
	}
	return row{}, false
}

// rows is what an adapter must do, in the order in which one is written.
var rows = []row{
	{"no cookie", noCookie},
	{"first cookie", firstCookie},
	{"counter", counter},
	{"parallel requests", parallelRequests},
	{"empty answer", emptyAnswer},
	{"Cache-Control", cacheControl},
	{"redirect", redirect},
	{"HEAD", head},
	{"sign in and out", signInAndOut},
	{"ended session", endedSession},
	{"queue", queue},
	{"failing queue", failingQueue},
	{"queue of a failed request", queueOfFailure},
	{"error page", errorPage},
	{"panic", panics},
	{"stream", stream},
	{"failing queue of a stream", failingQueueOfStream},
	{"late change", lateChange},
	{"after the handler", afterHandler},
	{"cancelled request", cancelledRequest},
	{"websocket", websocket},
	{"hijack", hijack},
	{"CSRF header", csrfHeader},
	{"CSRF form", csrfForm},
}

var (
	visits = atomicsession.NewCounter("visits")
	name   = atomicsession.NewKey[string]("name")
	signIn = "/sign-in"
)

// newManager returns a manager for one row, whose cookies travel without TLS. A warning in its log is a failure: no row gives cause for one.
func newManager(t *testing.T) *atomicsession.Manager {
	m, err := atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: signIn, Cookie: atomicsession.CookieOptions{InsecureHTTP: true},
		Logger: slog.New(slog.NewTextHandler(failOnWrite{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type failOnWrite struct{ t *testing.T }

func (f failOnWrite) Write(line []byte) (int, error) {
	f.t.Errorf("the log says %s", line)
	return len(line), nil
}
