package moving

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession/internal/visitor"
)

// parallel is how many requests are at work at the same time.
const parallel = 50

// meeting has handlers wait until so many have come.
type meeting struct {
	mu   sync.Mutex
	wait *sync.WaitGroup
}

// call calls the next meeting, of n handlers.
func (m *meeting) call(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wait = new(sync.WaitGroup)
	m.wait.Add(n)
}

func (m *meeting) meet() {
	m.mu.Lock()
	wait := m.wait
	m.mu.Unlock()
	wait.Done()
	wait.Wait()
}

// lost has requests of one browser set different keys at the same time, all of them with what was there before any of them saved, and fails
// unless keys are lost as expected.
func lost(t *testing.T, handler http.Handler, m *meeting, loses bool) {
	t.Helper()
	b := visitor.Browse(t, handler)
	m.call(1)
	if r := b.Do(http.MethodGet, "/set?key=first", "", ""); r.Status != http.StatusOK {
		t.Fatal(r)
	}
	m.call(parallel)
	var all sync.WaitGroup
	for i := range parallel {
		all.Go(func() {
			if r := b.Do(http.MethodGet, "/set?key="+strconv.Itoa(i), "", ""); r.Status != http.StatusOK {
				t.Error(r)
			}
		})
	}
	all.Wait()
	found, err := strconv.Atoi(b.Do(http.MethodGet, "/count", "", "").Text)
	t.Logf("%d of %d lost", parallel-found, parallel)
	if err != nil || loses != (found < parallel) {
		t.Errorf("%d of %d lost, %v", parallel-found, parallel, err)
	}
}
