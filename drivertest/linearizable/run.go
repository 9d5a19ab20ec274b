package linearizable

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// run is one call of Run.
type run struct {
	t       *testing.T
	options Options
	plan    plan
	memory  *memory
	crew    crew
	began   time.Time
	report  Report
}

// crew makes the calls.
type crew interface {
	// round records histories. told[n][c] are the calls of client c in the n-th of them. cut says for a client whether its process has
	// come to its end before.
	round(first, count int) (told [][][]call, cut func(client int) bool, err error)
	// kill ends one of the processes.
	kill()
}

// all records and judges all histories. While one round is judged the next is recorded.
func (r *run) all() {
	perRound := r.plan.AtOnce
	if !r.plan.Harm {
		perRound *= roundsOf
	}
	judged := make(chan *verdict, 1)
	judged <- nil
	for first := 0; first < r.options.Histories; first += perRound {
		count := min(perRound, r.options.Histories-first)
		told, cut, err := r.recorded(first, count)
		if r.failed(<-judged) {
			return
		}
		if err != nil {
			r.t.Fatal(err)
		}
		histories := make([]*history, count)
		for n := range histories {
			histories[n] = newHistory(r.plan.setting(first+n), told[n], cut)
		}
		for _, h := range histories {
			r.count(h)
		}
		go func() { judged <- judgeAll(histories) }()
	}
	if r.failed(<-judged) {
		return
	}
	least := r.report.Calls * 9 / 10
	if r.plan.Harm {
		least = r.report.Calls / 10
	}
	if answered := r.report.Calls - r.report.Unknown - r.report.Refused; answered < max(1, least) {
		r.t.Errorf("of %d calls %d were answered: that proves nothing", r.report.Calls, answered)
	}
}

// recorded records one round, and does harm meanwhile.
func (r *run) recorded(first, count int) ([][][]call, func(int) bool, error) {
	r.memory.newRound()
	if !r.plan.Harm {
		return r.crew.round(first, count)
	}
	ctx, over := context.WithCancel(r.t.Context())
	var done sync.WaitGroup
	done.Go(func() { r.harm(ctx, int64(count*r.plan.clients())) })
	told, cut, err := r.crew.round(first, count)
	over()
	done.Wait()
	return told, cut, err
}

// harm waits until the clients are half-way, or all is over, and lets happen what is to happen.
func (r *run) harm(ctx context.Context, clients int64) {
	defer r.memory.calm().Store(1)
	spin(func() bool { return r.memory.halfway().Load() >= clients/2 || r.memory.anyDead() || ctx.Err() != nil }, 0)
	if r.memory.anyDead() || ctx.Err() != nil {
		return
	}
	if r.options.Kill {
		r.report.Kills++
		r.crew.kill()
	}
	if r.options.Nemesis != nil {
		r.options.Nemesis(ctx)
	}
}

// judgeAll returns the first verdict against one of the histories.
func judgeAll(histories []*history) *verdict {
	verdicts := make([]*verdict, len(histories))
	var done sync.WaitGroup
	atOnce := runtime.GOMAXPROCS(0)
	for part := range atOnce {
		done.Go(func() {
			for n := part; n < len(histories); n += atOnce {
				verdicts[n] = histories[n].judge()
			}
		})
	}
	done.Wait()
	for _, v := range verdicts {
		if v != nil {
			return v
		}
	}
	return nil
}

// count counts what is in a history. One in which an end of everybody's sessions may still come is the last that is wide.
func (r *run) count(h *history) {
	r.report.Histories++
	for i, o := range h.operations {
		r.report.Calls++
		switch {
		case o.open():
			r.report.Unknown++
			if o.kind == deleteMany && o.user == "" {
				r.plan.NarrowFrom = 0
			}
		case o.answer.refused():
			r.report.Refused++
		}
		for _, other := range h.operations[i+1:] {
			if other.begin > o.end {
				break
			}
			if o.kind.aboutAll() || other.kind.aboutAll() || o.session == other.session {
				r.report.Overlaps++
			}
		}
	}
}

// failed reports a verdict, if there is one.
func (r *run) failed(v *verdict) bool {
	r.t.Helper()
	if v == nil {
		return false
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s: history %d, found after %d histories, %d calls, %v\n",
		v.what, v.history.number, r.report.Histories, r.report.Calls, time.Since(r.began).Round(time.Millisecond))
	if v.why != "" {
		text.WriteString(v.why + "\n")
	}
	for i, p := range v.parts {
		text.WriteString(p.text())
		path, err := r.visualize(fmt.Sprintf("history-%d-%d.html", v.history.number, i+1), p)
		if err != nil {
			path = err.Error()
		}
		text.WriteString("a picture: " + path + "\n")
	}
	r.t.Errorf("%sseed %d", text.String(), r.plan.Seed)
	return true
}

// visualize writes the picture that porcupine makes.
func (r *run) visualize(name string, p part) (path string, err error) {
	if r.options.Dir == "" {
		if r.options.Dir, err = os.MkdirTemp("", "linearizable-"); err != nil {
			return "", err
		}
	}
	path = filepath.Join(r.options.Dir, name)
	model := modelFrom(p.before)
	_, info := porcupine.CheckOperationsVerbose(model, toPorcupine(p.events), judgePatience)
	return path, porcupine.VisualizePath(model, info, path)
}

// alone is a crew in the caller's own process.
type alone struct {
	*run
	worker *worker
}

func (a *alone) round(first, count int) ([][][]call, func(int) bool, error) {
	told := newTold(count, a.plan.clients())
	a.worker.tell = func(c *call) {
		list := &told[c.History-first][c.Client]
		*list = append(*list, *c)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		a.worker.round(first, count)
	}()
	for {
		select {
		case <-over:
			return told, func(int) bool { return false }, nil
		case <-time.After(time.Second):
			if what, hangs := a.worker.hangs(); hangs {
				return nil, nil, fmt.Errorf("linearizable: %s", what)
			}
		}
	}
}

func (a *alone) kill() {}

// newTold has room for the calls of histories, those of the witness included.
func newTold(histories, clients int) [][][]call {
	told := make([][][]call, histories)
	for i := range told {
		told[i] = make([][]call, clients+1)
	}
	return told
}
