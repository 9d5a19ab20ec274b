package linearizable

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// serve makes the calls of this process until the caller of [Run] has enough.
func serve(t *testing.T, s Store) {
	orders, told := json.NewDecoder(os.NewFile(3, "orders")), os.NewFile(4, "told")
	var c childPlan
	err := json.Unmarshal([]byte(os.Getenv(childVariable)), &c)
	if err != nil {
		t.Fatal(err)
	}
	if t.Name() != c.Test { // one that is run beside it, since it is above or below it
		t.SkipNow()
	}
	w := &worker{plan: &c.Plan, process: c.Process, store: s.Connect(t, c.Address), tell: func(c *call) { tell(told, message{Call: c}) }}
	if w.memory, err = sharedMemory(c.Memory); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.memory.close)
	over := make(chan struct{})
	defer close(over)
	go func() {
		for {
			select {
			case <-over:
				return
			case <-time.After(time.Second):
				if what, hangs := w.hangs(); hangs {
					tell(told, message{Trouble: what})
				}
				if os.Getppid() != c.Parent { // nobody will say that the harm is undone
					os.Exit(1)
				}
			}
		}
	}()
	for {
		var o order
		if err := orders.Decode(&o); errors.Is(err, io.EOF) {
			t.SkipNow() // there is no more to this test in this process
		} else if err != nil {
			t.Fatal(err)
		}
		c.Plan.NarrowFrom = o.NarrowFrom
		w.round(o.First, o.Count)
		tell(told, message{Done: true})
	}
}

// tell writes the message at once: the process may be killed in the next moment, and what was answered before is known.
func tell(told *os.File, m message) {
	b, err := json.Marshal(m)
	if err != nil { // of an answer that has no text
		b, err = json.Marshal(message{Trouble: err.Error()})
	}
	if err == nil {
		_, err = told.Write(append(b, '\n'))
	}
	if err != nil { // nobody listens any more
		os.Exit(1)
	}
}
