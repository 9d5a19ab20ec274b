package demo

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/lanes"
)

const (
	mostRuns = 32
	runAge   = 10 * time.Minute
)

// run is one press of a button: one loss, all lanes, with sessions of their own.
type run struct {
	id    string
	loss  lanes.Loss
	work  time.Duration // of each request's handler
	began time.Time
	lanes map[string]*lanes.Lane // by the contestant's ID
}

// runs are those that are remembered.
type runs struct {
	config lanes.Config // but for the path

	mu   sync.Mutex
	list []*run // the oldest first
}

// errNoRace is a request for a run, or a lane of it, that there is not, or no longer.
var errNoRace = fmt.Errorf("%w", badRequest("there is no such race, or no longer"))

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
		rs.list = rs.list[1:]
	}
	rs.list = append(rs.list, r)
	return r.id, nil
}

func (rs *runs) find(id string) (*run, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.forget()
	for _, r := range rs.list {
		if r.id == id {
			return r, nil
		}
	}
	return nil, errNoRace
}

// end forgets a run and returns it.
func (rs *runs) end(id string) (*run, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.forget()
	for i, r := range rs.list {
		if r.id == id {
			rs.list = append(rs.list[:i:i], rs.list[i+1:]...)
			return r, nil
		}
	}
	return nil, errNoRace
}

// forget forgets the runs that are too old.
func (rs *runs) forget() {
	for len(rs.list) > 0 && time.Since(rs.list[0].began) > runAge {
		rs.list = rs.list[1:]
	}
}
