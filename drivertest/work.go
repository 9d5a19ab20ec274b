package drivertest

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

var workCases = []testCase{
	{"heavy", "an update within the limits is made, and soon, however much it compares with however much", workHeavy},
	{"beside light ones", "heavy updates of a session come to their end beside light ones that never stop, and each counts once", workBesideLight},
	{"neighbour", "while the store works out a heavy update in this process, other sessions are read and changed, and its own is read", workNeighbour},
}

// workHeavy has the store make updates that compare much with much, on documents of a quarter of the default limit. What is expected
// of the time follows from what an update takes that only adds a field to the same document, and from what a copy of a long array takes here at
// the same time, since the machine may have other work: a comparison of all with all would take a hundred times as long.
func workHeavy(e *env) {
	for _, h := range heavy.Fraction(4) {
		s := e.create(h.Doc)
		h.Limits.Size = 8 << 20 // arrays of numbers are several times as long in some encodings
		small := &driver.Update{
			If:     []driver.Condition{cond("a", driver.Exists, `true`)},
			Ops:    []driver.Op{set("b", `1`)},
			Limits: h.Limits,
		}
		copied := heavy.Copy()
		control := e.timed(s, small)
		took := e.timed(s, h.Update)
		copied = max(copied, heavy.Copy())
		if took > 3*time.Second+20*control+2*driver.MaxInside*copied {
			e.Errorf("%s took %v, where adding a field took %v, and a copy of a long array %v", h.Name, took, control, copied)
		}
		s.check(e.now)
		e.ok(s.store().Delete(e.ctx, e.now, s.key))
	}
}

// timed makes the update, which does not fail, and returns how long it took.
func (e *env) timed(s *session, u *driver.Update) time.Duration {
	begin := time.Now()
	_, err := s.store().Update(e.ctx, e.now, s.key, u)
	took := time.Since(begin)
	e.ok(err)
	s.model(s.key, e.now, u)
	return took
}

// workBesideLight has the store make updates that take it long, while another client changes a field that they change, too.
func workBesideLight(e *env) {
	numbers := make([]driver.Value, 30_000)
	for i := range numbers {
		numbers[i] = driver.IntValue(int64(len(numbers) - i))
	}
	s := e.create(driver.Doc{}.With("a", driver.ArrayValue(numbers...)).With("n", driver.IntValue(0)))
	count := inc("n", `1`)
	heavy := &driver.Update{Ops: []driver.Op{count, driver.Push{Path: "a", Sort: []driver.Sort{{}}}}}
	store := s.store() // one for all: others are as other processes, which know nothing of each other's turns
	stop, light := make(chan struct{}), make(chan int)
	go func() {
		made := 0
		defer func() { light <- made }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := store.Update(e.ctx, e.now, s.key, &driver.Update{Ops: []driver.Op{count}}); err != nil {
				e.Errorf("a light one: %v", err)
				return
			}
			made++
		}
	}()
	const times = 4
	for range times {
		if _, err := store.Update(e.ctx, e.now, s.key, heavy); err != nil {
			e.Errorf("a heavy one: %v", err)
		}
	}
	close(stop)
	made := <-light
	r, err := store.Load(e.ctx, e.now, s.key)
	e.ok(err)
	if n := r.Data.Get("n").Int(); n != int64(times+made) {
		e.Errorf("%d updates have taken effect of %d", n, times+made)
	}
	e.ok(store.Delete(e.ctx, e.now, s.key))
}
