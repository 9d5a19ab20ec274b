package faults

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// server keeps sessions in memory. It is sent the numbers of calls: what they say needs no encoding, only their way over the
// network counts.
type server struct {
	store *memstore.Store
	mu    sync.Mutex
	calls []*call
	// What became of updates, by their IDs, and the IDs in their order.
	outcomes map[string]outcome
	order    []string
	memory   int // how many of them it keeps
	updates  int
	held     map[driver.ID]func() // updates that were put off
	// These were renewed by updates that it does not know for sign-ins.
	plain map[driver.Key]bool
}

type call struct {
	run func() outcome
	outcome
}

// outcome is what any of the methods returns.
type outcome struct {
	result driver.Result
	record driver.Record
	list   []driver.Record
	n      int
	err    error
}

// ServeHTTP runs the call whose number ends the path.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(path.Base(r.URL.Path))
	if err != nil || n >= len(s.calls) {
		http.NotFound(w, r)
		return
	}
	s.calls[n].outcome = s.calls[n].run()
}

// once runs f unless that has been done under the ID: then the outcome is the same.
func (s *server) once(id string, f func() outcome) outcome {
	if o, done := s.outcomes[id]; done {
		return o
	}
	o := f()
	s.outcomes[id] = o
	if s.order = append(s.order, id); len(s.order) > s.memory {
		delete(s.outcomes, s.order[0])
		s.order = s.order[1:]
	}
	return o
}

// userOf returns whose the session is, "" if there is none.
func (s *server) userOf(id driver.ID) string {
	list, _ := s.store.List(context.Background(), time.Time{}, "", driver.ID{}, 1000)
	for _, r := range list {
		if r.ID == id {
			return r.User
		}
	}
	return ""
}
