package lanes

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// Lane is a contestant in one run, with sessions of its own.
type Lane struct {
	handlers
	none string // what there is to say of stores if there is none
}

// New makes the contestant's lane of a run.
func (c Contestant) New(config Config) (*Lane, error) {
	h, err := c.build(config)
	return &Lane{h, c.none}, err
}

// Result is what a request was told.
type Result struct {
	N    int
	OK   bool
	Left Left
}

// Left is what a session holds.
type Left struct {
	Visits, Tries  int
	Items          []string // sorted
	Code, SignedIn bool
}

// Begin begins the lane's session.
func (l *Lane) Begin(w http.ResponseWriter, r *http.Request) (Result, string, error) {
	return l.do(w, r, 0, l.begin)
}

// Race is one request of the race, whose handler works for so long.
func (l *Lane) Race(w http.ResponseWriter, r *http.Request, loss Loss, work time.Duration) (Result, string, error) {
	handle := map[Loss]http.HandlerFunc{Counter: l.counter, Cart: l.cart, Code: l.code, Tries: l.tries, Logout: l.slow}[loss]
	return l.do(w, r, work, handle)
}

// SignOut ends the lane's session.
func (l *Lane) SignOut(w http.ResponseWriter, r *http.Request) (Result, string, error) {
	return l.do(w, r, 0, l.signOut)
}

// Left returns what the lane's session holds.
func (l *Lane) Left(w http.ResponseWriter, r *http.Request) (Result, string, error) {
	return l.do(w, r, 0, l.left)
}

// do has a handler answer the request, and returns what it has answered, and what the store was asked meanwhile, as a value of the
// header Server-Timing. Of the response only the header is used: the caller writes it.
func (l *Lane) do(w http.ResponseWriter, r *http.Request, work time.Duration, handle http.HandlerFunc) (Result, string, error) {
	t := &trip{work: work}
	answer := &answer{header: w.Header()}
	l.middleware(handle).ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), tripKey{}, t)))
	return t.result, cmp.Or(t.timing(), l.none), cmp.Or(t.err, answer.err())
}

// trip is a request on its way through a lane.
type trip struct {
	work   time.Duration
	result Result
	err    error

	mu    sync.Mutex // a call to a store may outlast its request
	asked []string
}

type tripKey struct{}

func tripOf(ctx context.Context) *trip {
	t, _ := ctx.Value(tripKey{}).(*trip)
	return t
}

// work is what a handler does besides: a query, a call of another service. It ends the request if the visitor has gone.
func work(ctx context.Context) {
	timer := time.NewTimer(tripOf(ctx).work)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			panic(http.ErrAbortHandler)
		}
	}
}

// reply answers a request.
func reply[T int | int64 | bool | Left](w http.ResponseWriter, r *http.Request, v T, err error) {
	t := tripOf(r.Context())
	t.err = err
	switch v := any(v).(type) {
	case int:
		t.result = Result{N: v, OK: true}
	case int64:
		t.result = Result{N: int(v), OK: true}
	case bool:
		t.result = Result{OK: v}
	case Left:
		t.result = Result{Left: v}
	}
	w.WriteHeader(atomicsession.StatusCode(err)) // now a middleware stores what is left to store
}

// answer takes a response down. Its header is the real one.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return len(b), nil
}

// err is what a middleware has answered in the place of the handler.
func (a *answer) err() error {
	switch {
	case a.status < http.StatusBadRequest:
		return nil
	case a.status == http.StatusGone:
		return driver.ErrNotFound
	}
	return driver.ErrUnavailable
}
