package demo

import (
	"errors"
	"math"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/lanes"
)

// The races of the page. Real requests of the browser race through each contestant of package lanes; docs/demo.md has the routes.
// They need no CSRF token: they touch no session of the visitor.

const (
	mostWork = 1000 // milliseconds
	mostItem = 40   // bytes of an item's name
)

// raceRoutes returns what answers the requests of the races.
func (d *Demo) raceRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /api/races", answer(d.newRun))
	mux.Handle("DELETE /api/races/{run}", answer(d.endRun))
	mux.Handle("POST /api/races/{run}/{lane}", d.inLane((*run).begin))
	mux.Handle("PUT /api/races/{run}/{lane}", d.inLane((*run).race))
	mux.Handle("DELETE /api/races/{run}/{lane}", d.inLane((*run).signOut))
	mux.Handle("GET /api/races/{run}/{lane}", d.inLane((*run).left))
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, atomicsession.ErrCSRF)
	}))
	return protection.Handler(jsonErrors(mux))
}

func (d *Demo) newRun(_ http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Loss string `json:"loss" need:"true"`
		Work *int64 `json:"work" need:"true"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	loss := lanes.Loss(body.Loss)
	if !loss.Known() {
		return nil, badRequest("body has an unknown loss")
	}
	if *body.Work < 0 || *body.Work > mostWork {
		return nil, badRequest("body has work that is not between 0 and 1000 milliseconds")
	}
	id, err := d.runs.begin(loss, time.Duration(*body.Work)*time.Millisecond)
	return map[string]string{"run": id}, err
}

// endRun forgets a run, and ends its session in the store. Those of the other contestants go with the run.
func (d *Demo) endRun(w http.ResponseWriter, r *http.Request) (any, error) {
	run, err := d.runs.end(r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	for _, lane := range run.lanes {
		_, _, laneErr := lane.SignOut(w, r)
		if !errors.Is(laneErr, atomicsession.ErrNotFound) { // it has ended before
			err = errors.Join(err, laneErr)
		}
	}
	return struct{}{}, err
}

// laneAnswer answers a request in a lane.
type laneAnswer func(run *run, lane *lanes.Lane, w http.ResponseWriter, r *http.Request) (v any, asked string, err error)

// inLane finds the run and the lane of a request, and says what the store was asked.
func (d *Demo) inLane(handle laneAnswer) http.Handler {
	return answer(func(w http.ResponseWriter, r *http.Request) (any, error) {
		run, err := d.runs.find(r.PathValue("run"))
		if err != nil {
			return nil, err
		}
		lane := run.lanes[r.PathValue("lane")]
		if lane == nil {
			return nil, errNoRace
		}
		v, asked, err := handle(run, lane, w, r)
		if asked != "" {
			w.Header().Set("Server-Timing", asked)
		}
		return v, err
	})
}

func (run *run) begin(lane *lanes.Lane, w http.ResponseWriter, r *http.Request) (any, string, error) {
	_, asked, err := lane.Begin(w, r)
	return struct{}{}, asked, err
}

// told is what a request of a race was told, and when: in milliseconds since the run began.
type told struct {
	N    int     `json:"n"`
	OK   bool    `json:"ok"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

func (run *run) race(lane *lanes.Lane, w http.ResponseWriter, r *http.Request) (any, string, error) {
	item := r.FormValue("item")
	if len(item) > mostItem || item == "" && run.loss == lanes.Cart {
		return nil, "", badRequest("item names nothing, or has more than 40 bytes")
	}
	from := run.age()
	result, asked, err := lane.Race(w, r, run.loss, run.work)
	return told{result.N, result.OK, from, run.age()}, asked, err
}

func (run *run) signOut(lane *lanes.Lane, w http.ResponseWriter, r *http.Request) (any, string, error) {
	if run.loss != lanes.Logout {
		return nil, "", badRequest("nobody signs out in this race")
	}
	_, asked, err := lane.SignOut(w, r)
	return map[string]bool{"ok": true}, asked, err
}

func (run *run) left(lane *lanes.Lane, w http.ResponseWriter, r *http.Request) (any, string, error) {
	result, asked, err := lane.Left(w, r)
	left := result.Left
	return map[lanes.Loss]any{
		lanes.Counter: map[string]int{"n": left.Visits},
		lanes.Cart:    map[string][]string{"items": append([]string{}, left.Items...)},
		lanes.Code:    map[string]bool{"ok": left.Code},
		lanes.Tries:   map[string]int{"n": left.Tries},
		lanes.Logout:  map[string]bool{"ok": left.SignedIn},
	}[run.loss], asked, err
}

// age is how long ago the run began, in milliseconds.
func (run *run) age() float64 {
	return math.Round(float64(time.Since(run.began))/float64(time.Millisecond)*100) / 100
}
