package demo

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/loadsave"
	"github.com/atomicsession/atomicsession/driver"
)

// races are the two races of the page. Each is run twice, by real requests of the browser: through atomicsession, and
// through a session that is loaded, changed and saved. The two do the same work at the same point of the request.
//
//	POST   /api/race                 sets both counters to zero
//	POST   /api/race/{lane}          counts one; the lane is "atomic" or "loadsave"
//	GET    /api/race                 both counters
//	POST   /api/logout-race/{lane}   signs a throwaway session in
//	PUT    /api/logout-race/{lane}   a slow request, which stores a preference at its end
//	DELETE /api/logout-race/{lane}   signs it out
//	GET    /api/logout-race/{lane}   whether it is signed in
type races struct {
	sessions *atomicsession.Manager // the visitor's
	loadsave loadsave.Sessions

	// The logout race has sessions of its own, so that the visitor stays signed in.
	throwaway         *atomicsession.Manager
	throwawayLoadsave loadsave.Sessions
}

// What a handler does between reading and writing the session: a query, or a call of another service.
const (
	work     = 10 * time.Millisecond
	slowWork = 600 * time.Millisecond
)

func newRaces(store driver.Store, sessions *atomicsession.Manager, opts Options) (*races, error) {
	throwaway, err := atomicsession.New(store, &atomicsession.Options{
		MaxAge: time.Hour,
		Cookie: opts.cookie("throwaway"),
		Logger: opts.Logger,
	})
	if err != nil {
		return nil, err
	}
	r := &races{sessions: sessions, throwaway: throwaway}
	r.loadsave.Cookie = opts.loadsaveCookie("loadsave")
	r.throwawayLoadsave.Cookie = opts.loadsaveCookie("loadsave-throwaway")
	return r, nil
}

func (o Options) loadsaveCookie(name string) http.Cookie {
	return http.Cookie{
		Name: o.cookie(name).Name, Path: "/", Secure: !o.InsecureHTTP, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func (r *races) routes(mux *http.ServeMux) {
	mux.Handle("POST /api/race", answer(r.reset))
	mux.Handle("GET /api/race", answer(r.counters))
	mux.Handle("POST /api/race/atomic", answer(r.countAtomic))
	mux.Handle("POST /api/race/loadsave", answer(r.countLoadSave))
	r.logoutRoutes(mux)
}

var raced = atomicsession.NewCounter("race")

// raceCounters says how much of what was acknowledged is still there.
type raceCounters struct {
	Atomic   int64 `json:"atomic"`
	LoadSave int64 `json:"loadsave"`
}

func (r *races) reset(w http.ResponseWriter, req *http.Request) (any, error) {
	err := r.sessions.Get(req.Context()).Update(req.Context(), raced.Set(0))
	if err == nil {
		err = r.loadsave.Begin(w, loadsave.Data{string(raced.Path()): 0.0})
	}
	return raceCounters{}, err
}

func (r *races) counters(_ http.ResponseWriter, req *http.Request) (any, error) {
	atomic, _, err := raced.Get(req.Context(), r.sessions.Get(req.Context()))
	if err != nil {
		return nil, err
	}
	data, err := r.loadsave.Load(req)
	if err != nil && !errors.Is(err, loadsave.ErrNoSession) {
		return nil, err
	}
	loadSave, _ := data[string(raced.Path())].(float64)
	return raceCounters{atomic, int64(loadSave)}, nil
}

func (r *races) countAtomic(_ http.ResponseWriter, req *http.Request) (any, error) {
	ctx := req.Context()
	s := r.sessions.Get(ctx)
	if err := pause(ctx, work); err != nil {
		return nil, err
	}
	n, err := raced.Add(ctx, s, 1)
	return map[string]int64{"count": n}, err
}

func (r *races) countLoadSave(w http.ResponseWriter, req *http.Request) (any, error) {
	var n float64
	err := r.loadsave.Change(w, req, func(data loadsave.Data) error {
		before, _ := data[string(raced.Path())].(float64)
		n = before + 1
		data[string(raced.Path())] = n
		return pause(req.Context(), work)
	})
	if errors.Is(err, loadsave.ErrNoSession) {
		err = badRequest("POST /api/race begins the race")
	}
	return map[string]int64{"count": int64(n)}, err
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
