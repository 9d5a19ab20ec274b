package sqlitestore

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

const (
	// defaultBatch is the most requests in one transaction.
	defaultBatch = 128
	// queueLength is how many requests wait without blocking their callers in sending them; it decides nothing else.
	queueLength = 1024
	// lockedAfter is how long a transaction takes to begin if and only if another process holds the lock.
	lockedAfter = 10 * time.Millisecond
	// slice is how long requests are added to a transaction, so that those behind a few long ones need not wait for all of them.
	slice = 20 * time.Millisecond
)

// writer owns the connection for writing. Its goroutine carries out the requests that are waiting in one transaction,
// so that they share the cost of making it durable.
type writer struct {
	conn    *conn
	batch   []*request // empty, with room for as many as fit into one transaction
	queue   chan *request
	closing context.Context
	stopped chan struct{}
	begun   atomic.Pointer[time.Time] // when it began to wait for the lock, nil while it does not
}

// request is one change to the database.
type request struct {
	// apply makes the change within a transaction. If the transaction fails it may be called again.
	apply   func(tables.Conn) error
	claimed atomic.Bool
	err     error
	done    chan struct{}
}

// claim reports whether the caller of claim is the first: the writer, to carry the request out, or whoever made it, to
// withdraw it.
func (r *request) claim() bool { return r.claimed.CompareAndSwap(false, true) }

// answer lets the caller of Write return. An error of the transaction takes the place of the request's own answer.
func (r *request) answer(err error) {
	if err != nil {
		r.err = err
	}
	close(r.done)
}

func newWriter(closing context.Context, c *conn, batch int) *writer {
	w := &writer{
		conn:    c,
		batch:   make([]*request, 0, batch),
		queue:   make(chan *request, queueLength),
		closing: closing,
		stopped: make(chan struct{}),
	}
	go w.run()
	return w
}

// Write implements [tables.Database]: it has the writer apply a change and returns when it is durable, or known not to have been made.
// While it waits in the queue the change is withdrawn when ctx ends.
func (f *file) Write(ctx context.Context, apply func(tables.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w := f.writer
	r := &request{apply: apply, done: make(chan struct{})}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return w.ended(ctx)
	case <-w.stopped:
		return errClosed
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		if r.claim() {
			return w.ended(ctx)
		}
	case <-w.stopped:
		if r.claim() {
			return errClosed
		}
	}
	<-r.done
	return r.err
}

// ended returns the error of a change that is withdrawn because ctx has ended.
func (w *writer) ended(ctx context.Context) error {
	if begun := w.begun.Load(); begun != nil && time.Since(*begun) > lockedAfter {
		return retry.Ended(ctx, errLocked)
	}
	return ctx.Err()
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case <-w.closing.Done():
			return
		case r := <-w.queue:
			w.serve(r)
		}
	}
}

// serve carries out first and what else is waiting.
func (w *writer) serve(first *request) {
	// While this waits for other processes, callers may still withdraw their requests.
	err := w.begin()
	runtime.Gosched() // lets those who were just answered ask again
	var batch []*request
	if err == nil {
		batch, err = w.apply(first)
	} else {
		batch = w.collect(first) // whoever waited for a lock in vain has waited enough
	}
	defer clear(batch)
	if errors.Is(err, driver.ErrFull) {
		_ = w.conn.Run("PRAGMA wal_checkpoint") // if it succeeds, the log begins anew in the space it already has
	}
	if errors.Is(err, driver.ErrFull) || errors.Is(err, driver.ErrCorrupt) && len(batch) > 1 {
		w.serveEach(batch) // it need not happen to all of them
		return
	}
	for _, r := range batch {
		r.answer(err)
	}
}

// serveEach carries out requests in a transaction each.
func (w *writer) serveEach(batch []*request) {
	var err error
	for _, r := range batch {
		if !errors.Is(err, driver.ErrUnavailable) { // else it would be so for the others, after the same wait
			if err = w.begin(); err == nil {
				if err = w.applyTo(r); err == nil {
					err = w.commit()
				}
			}
		}
		r.answer(err)
	}
}

// begin waits for the lock and begins a transaction.
func (w *writer) begin() error {
	w.begun.Store(new(time.Now()))
	defer w.begun.Store(nil)
	w.conn.SetInterrupt(w.closing)
	err := w.conn.Run("BEGIN IMMEDIATE")
	w.conn.SetInterrupt(context.Background())
	if err != nil && w.closing.Err() != nil {
		return errClosed
	}
	return explain(context.Background(), err)
}

// collect claims first and the requests that are in the queue.
func (w *writer) collect(first *request) []*request {
	batch := w.batch
	for r := first; ; {
		if r.claim() {
			batch = append(batch, r)
		}
		select {
		case r = <-w.queue:
		default:
			return batch
		}
	}
}

// apply carries out first and the requests that are in the queue in the transaction that has begun: no more than a batch, and none
// once a slice is over. It ends the transaction. An error is an error of the transaction as a whole, and none of the
// requests took effect, unless it is driver.ErrUnknownOutcome. Otherwise each request has its own answer in r.err.
func (w *writer) apply(first *request) (batch []*request, err error) {
	batch, begun := w.batch, time.Now()
	waiting := len(w.queue)
	for r := first; ; r = <-w.queue { // nobody else receives
		if r.claim() {
			batch = append(batch, r)
			if err := w.applyTo(r); err != nil {
				return batch, err
			}
		}
		if waiting == 0 || len(batch) == cap(batch) || time.Since(begun) >= slice {
			return batch, w.commit()
		}
		waiting--
	}
}

// applyTo carries out one request. An error ends the transaction.
func (w *writer) applyTo(r *request) error {
	r.err = r.apply(w.conn)
	if _, failed := fromSQLite(r.err); failed {
		w.rollback()
		return explain(context.Background(), r.err)
	}
	return nil
}

func (w *writer) commit() error {
	if err := w.conn.Run("COMMIT"); err != nil {
		w.rollback()
		return explainCommit(err)
	}
	return nil
}

// rollback ends the transaction unless the error that made it necessary has done so. It has no error to report: if it
// fails the transaction stays open, and the next BEGIN fails.
func (w *writer) rollback() {
	if !w.conn.GetAutocommit() {
		_ = w.conn.Run("ROLLBACK")
	}
}
