package demo

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/lanes"
)

const (
	mostRuns     = 32
	mostRequests = 5000 // in a run, each of which may begin a session
	runAge       = 10 * time.Minute
)

// run is one press of a button: one loss, all lanes, with sessions of their own.
type run struct {
	id    string
	loss  lanes.Loss
	work  time.Duration // of each request's handler
	began time.Time
	lanes map[string]*lanes.Lane // by the contestant's ID

	requests int // so far
}

// runs are those that are remembered.
type runs struct {
	config lanes.Config // but for the path

	mu   sync.Mutex
	list []*run // the oldest first
}

// errNoRace is a request for a run, or a lane of it, that there is not, or no longer.
var errNoRace = errors.New("there is no such race, or no longer")

// begin begins a run. For it the oldest may have to go.
func (rs *runs) begin(loss lanes.Loss, work time.Duration) (id string, err error) {
	r := &run{id: strings.ToLower(rand.Text()), loss: loss, work: work, began: time.Now(), lanes: make(map[string]*lanes.Lane)}
	config := rs.config
	config.Path, config.MaxAge = "/api/races/"+r.id, runAge
	for _, c := range lanes.Contestants {
		if r.lanes[c.ID], err = c.New(config); err != nil {
			return "", err
		}
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.forget()
	if len(rs.list) == mostRuns {
		rs.list = slices.Delete(rs.list, 0, 1)
	}
	rs.list = append(rs.list, r)
	return r.id, nil
}

// find returns a run, for one more request of it.
func (rs *runs) find(id string) (*run, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.forget()
	i := rs.index(id)
	if i < 0 || rs.list[i].requests == mostRequests {
		return nil, errNoRace
	}
	rs.list[i].requests++
	return rs.list[i], nil
}

// end forgets a run and returns it.
func (rs *runs) end(id string) (*run, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	i := rs.index(id)
	if i < 0 {
		return nil, errNoRace
	}
	r := rs.list[i]
	rs.list = slices.Delete(rs.list, i, i+1)
	return r, nil
}

func (rs *runs) index(id string) int {
	return slices.IndexFunc(rs.list, func(r *run) bool { return r.id == id })
}

// forget forgets the runs that are too old.
func (rs *runs) forget() {
	rs.list = slices.DeleteFunc(rs.list, func(r *run) bool { return time.Since(r.began) > runAge })
}
