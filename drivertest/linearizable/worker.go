package linearizable

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// hanging is how long after its deadline a call may return.
const hanging = 30 * time.Second

// worker makes the calls of one process.
type worker struct {
	*plan
	process int
	store   driver.Store
	memory  *memory
	tell    func(*call) // what was answered; by several clients at once

	calls [slots * clientsAtMost]atomic.Pointer[underWay] // of each client
}

type underWay struct {
	since time.Time
	what  string
}

// round records histories, each together with the other processes.
func (w *worker) round(first, count int) {
	var done sync.WaitGroup
	for slot := range w.AtOnce {
		done.Go(func() {
			for n := slot; n < count; n += w.AtOnce {
				w.record(slot, w.setting(first+n))
			}
		})
	}
	done.Wait()
}

// record makes this process's calls of a history.
func (w *worker) record(slot int, s *setting) {
	w.memory.gather(slot, w.process, w.Processes)
	var done sync.WaitGroup
	for i := range w.Clients {
		done.Go(func() { w.client(slot, s, w.process*w.Clients+i) })
	}
	done.Wait()
	w.memory.gather(slot, w.process, w.Processes)
	if w.process == 0 {
		w.client(slot, s, w.clients())
		w.memory.met(slot).Store(0)
	}
	w.memory.gather(slot, w.process, w.Processes)
}

// client makes the calls of a client.
func (w *worker) client(slot int, s *setting, client int) {
	m := s.newMind(client)
	witness := client == w.clients()
	if witness && w.Harm {
		w.await()
	}
	half := false
	for n := 0; ; n++ {
		o, ok := m.next()
		if !witness && !half && (!ok || m.step >= stepsBefore) {
			half = true
			w.memory.halfway().Add(1)
		}
		if !ok {
			if !witness {
				w.memory.met(slot).Add(int64(m.steps() - n))
			}
			return
		}
		ready := func() {}
		switch {
		case witness:
		case !w.Harm:
			ready = func() { w.memory.meet(slot, int64((n+1)*w.clients())) }
		case m.step >= stepsBefore+stepsMeanwhile:
			w.await()
		case half:
			time.Sleep(time.Duration(m.random(client, m.step|2<<16).IntN(10_000)) * time.Microsecond)
		}
		c := w.call(slot*clientsAtMost+client%w.Clients, s, o, ready)
		c.Client = client
		w.tell(&c)
		m.learn(o, &c.Answer)
	}
}

// await waits until the harm is undone.
func (w *worker) await() { spin(func() bool { return w.memory.calm().Load() != 0 }, 0) }

// call makes a call as soon as all is ready.
func (w *worker) call(place int, s *setting, o *operation, ready func()) call {
	ctx, cancel := context.WithTimeout(context.Background(), w.Patience)
	defer cancel()
	w.calls[place].Store(&underWay{time.Now(), o.kind.String()})
	c := call{History: s.number}
	ready()
	c.Begin = w.memory.moment()
	c.Answer = o.call(ctx, w.store, s)
	c.End = w.memory.moment()
	w.calls[place].Store(nil)
	return c
}

// hangs says which call should have returned long ago.
func (w *worker) hangs() (string, bool) {
	for i := range w.calls {
		c := w.calls[i].Load()
		if c != nil && time.Since(c.since) > w.Patience+hanging {
			return fmt.Sprintf("a call (%s) has not returned %v after its deadline", c.what, hanging), true
		}
	}
	return "", false
}
