package retry

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Turns keeps updates of one session, made by one process, out of each other's way: for stores that work some of them out themselves,
// which is in vain if another one comes between (a compare-and-set). Who has been in vain takes the session's turn, and those that come
// later let it pass. It is a courtesy that keeps long updates from starving beside short ones; that none is lost is up to the store,
// since other processes know nothing of it. The zero value is ready to use, and safe for concurrent use.
type Turns struct {
	count atomic.Int64 // of turns that are had or waited for: usually 0, and nobody needs the lock
	mu    sync.Mutex
	of    map[driver.ID]*turn
}

type turn struct {
	held  chan struct{} // full while somebody has it
	calls int           // that have it or wait; guarded by the lock
}

// longestWait is how long GiveWay waits: who has the turn may be waiting for a server.
const longestWait = time.Second

// ErrChanged is the end of a try at a compare-and-set in vain: what it was worked out from is no longer what is there. Nothing was
// changed.
var ErrChanged = errors.New("other changes of the session keep coming between")

// Contend calls try until its error does not match [ErrChanged]. After the first time it takes the session's turn, and pauses between
// the tries as [Patience.Again] does. Of the last try it returns the error as it is; but if that matches ErrChanged, since ctx or p
// has come to its end before, as [Patience.Unchanged] does one of [Refused]. Call [Turns.GiveWay] before: Contend does not. A try may be
// a [Patience.Repeat] with the same Patience, which returns an error of ErrChanged at once; that an earlier try was lost, and whose
// outcome is still open, is then for the caller to remember.
func (t *Turns) Contend(ctx context.Context, id driver.ID, p *Patience, try func() error) error {
	err := try()
	if errors.Is(err, ErrChanged) {
		if leave, ended := t.Take(ctx, id); ended == nil {
			defer leave()
			for errors.Is(err, ErrChanged) && p.Again(ctx, err) {
				err = try()
			}
		}
	}
	if errors.Is(err, ErrChanged) {
		return p.Unchanged(ctx, Refused(err))
	}
	return err
}

// Take returns once the caller has the session's turn, which leave ends; those that wait get it in the order in which they came. If ctx
// ends before, the error is that of ctx.
func (t *Turns) Take(ctx context.Context, id driver.ID) (leave func(), err error) {
	t.mu.Lock()
	one := t.of[id]
	if one == nil {
		if t.of == nil {
			t.of = make(map[driver.ID]*turn)
		}
		one = &turn{held: make(chan struct{}, 1)}
		t.of[id] = one
		t.count.Add(1)
	}
	one.calls++
	t.mu.Unlock()
	select {
	case one.held <- struct{}{}:
		return func() {
			<-one.held
			t.leave(id, one)
		}, nil
	case <-ctx.Done():
		t.leave(id, one)
		return nil, ctx.Err()
	}
}

// GiveWay waits as long as others have the session's turn that came before, until ctx ends, and for a second at most.
func (t *Turns) GiveWay(ctx context.Context, id driver.ID) {
	if t.count.Load() == 0 {
		return
	}
	t.mu.Lock()
	one := t.of[id]
	if one != nil {
		one.calls++
	}
	t.mu.Unlock()
	if one == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	select {
	case one.held <- struct{}{}:
		<-one.held
	case <-ctx.Done():
	}
	t.leave(id, one)
}

func (t *Turns) leave(id driver.ID, one *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one.calls--; one.calls == 0 {
		delete(t.of, id)
		t.count.Add(-1)
	}
}
