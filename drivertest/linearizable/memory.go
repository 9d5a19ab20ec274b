package linearizable

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

// memory is what the processes of a run share: a counter that orders their calls, and where they wait for one another. The clocks of
// processes are never compared.
type memory struct{ bytes []byte }

const (
	line  = 64 // bytes: two processors do not write into one
	slots = 16 // histories at once, at most
	// processes is how many there may be.
	processes  = 8
	memorySize = line * (3 + processes + slots + slots*processes)
)

func ownMemory() *memory {
	words := make([]int64, memorySize/8)
	return &memory{unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), memorySize)}
}

func (m *memory) word(i int) *atomic.Int64 { return (*atomic.Int64)(unsafe.Pointer(&m.bytes[i*line])) }

// moment returns the next moment of all processes.
func (m *memory) moment() int64 { return m.word(0).Add(1) }

// halfway counts the clients that have made half of their calls in this round.
func (m *memory) halfway() *atomic.Int64 { return m.word(1) }

// calm is 1 once the harm of this round is undone.
func (m *memory) calm() *atomic.Int64 { return m.word(2) }

// dead is 1 for a process that nobody has to wait for.
func (m *memory) dead(process int) *atomic.Int64 { return m.word(3 + process) }

// met counts the clients of the history of a slot that have come to their next step.
func (m *memory) met(slot int) *atomic.Int64 { return m.word(3 + processes + slot) }

// arrived counts how often a process has come to where those of a slot wait for one another.
func (m *memory) arrived(slot, process int) *atomic.Int64 {
	return m.word(3 + processes + slots + slot*processes + process)
}

// anyDead reports whether a process has come to its end.
func (m *memory) anyDead() bool {
	for process := range processes {
		if m.dead(process).Load() != 0 {
			return true
		}
	}
	return false
}

// newRound begins anew with all but the moments.
func (m *memory) newRound() {
	for i := 1; i < memorySize/line; i++ {
		m.word(i).Store(0)
	}
}

// gather waits until all processes have come to the same place of a slot as this one, or have died.
func (m *memory) gather(slot, process, among int) {
	n := m.arrived(slot, process).Add(1)
	for other := range among {
		spin(func() bool { return m.arrived(slot, other).Load() >= n || m.dead(other).Load() != 0 }, 0)
	}
}

// meet waits a little for the other clients of a history, so that their next calls fall together.
func (m *memory) meet(slot int, all int64) {
	met := m.met(slot)
	met.Add(1)
	spin(func() bool { return met.Load() >= all }, 500*time.Microsecond)
}

// spin waits until it is so, or for the patience if that is not 0. The longer it has waited, the less often it looks.
func spin(so func() bool, patience time.Duration) {
	begin := time.Time{}
	for n := 0; !so(); n++ {
		runtime.Gosched()
		if n < 100 {
			continue
		}
		if begin.IsZero() {
			begin = time.Now()
		}
		waited := time.Since(begin)
		if patience > 0 && waited > patience {
			return
		}
		if waited > time.Millisecond {
			time.Sleep(min(waited/10, 2*time.Millisecond))
		}
	}
}
