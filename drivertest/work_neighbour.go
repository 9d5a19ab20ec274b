package drivertest

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// workNeighbour stops each heavy update in the middle of driver.Eval, where it looks at its context, and meanwhile reads and changes
// another session and reads this one. So it finds nothing where the server works out the update.
func workNeighbour(e *env) {
	other := e.create(doc(`{"n":0}`))
	for _, h := range heavy.Fraction(8) {
		s := e.create(h.Doc)
		h.Limits.Size = 8 << 20
		g := &gate{Context: e.ctx}
		g.open = func() { g.failed = beside(e, other, s) }
		_, err := s.store().Update(g, e.now, s.key, h.Update)
		e.ok(err)
		if g.failed != nil {
			e.Errorf("beside %q: %v", h.Name, g.failed)
			return // each would take as long
		}
		e.ok(s.store().Delete(e.ctx, e.now, s.key))
	}
}

// beside is done while a heavy update of the second session is worked out.
func beside(e *env, other, s *session) error {
	ctx, cancel := context.WithTimeout(e.ctx, 10*time.Second)
	defer cancel()
	if _, err := s.store().Update(ctx, e.now, other.key, &driver.Update{Ops: []driver.Op{inc("n", `1`)}}); err != nil {
		return err
	}
	if _, err := s.store().Load(ctx, e.now, other.key); err != nil {
		return err
	}
	_, err := s.store().Load(ctx, e.now, s.key)
	return err
}

// gate is a context that calls open once, when driver.Eval asks whether it has ended.
type gate struct {
	context.Context
	once   sync.Once
	open   func()
	failed error
}

func (g *gate) Err() error {
	if inEval() {
		g.once.Do(g.open)
	}
	return g.Context.Err()
}

func inEval() bool {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "/driver.Eval") {
			return true
		}
		if !more {
			return false
		}
	}
}
