package linearizable

import (
	"runtime"
	"sync"
)

// crowded is how many threads make the calls to a store that lives in one process. They are more than most machines have processors
// for, so the system interrupts them in the midst of calls, which else are so short that few overlap: a lock that is given up for a
// moment is found after a ninth of the histories.
const crowded = 8

var crowds struct {
	sync.Mutex
	n      int
	before int // GOMAXPROCS
}

// crowd has this process use that many threads until leave is called.
func crowd() (leave func()) {
	crowds.Lock()
	defer crowds.Unlock()
	if crowds.n == 0 {
		crowds.before = runtime.GOMAXPROCS(max(crowded, runtime.GOMAXPROCS(0)))
	}
	crowds.n++
	return func() {
		crowds.Lock()
		defer crowds.Unlock()
		if crowds.n--; crowds.n == 0 {
			runtime.GOMAXPROCS(crowds.before)
		}
	}
}
