package lanes

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/driver"
)

// asks notes that a store is asked something. What it returns is to be called when there is the answer.
func asks(ctx context.Context, name string) (answered func()) {
	t, begin := tripOf(ctx), time.Now()
	return func() {
		if t == nil {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.asked = append(t.asked, fmt.Sprintf("%s;dur=%.2f", name, float64(time.Since(begin))/float64(time.Millisecond)))
	}
}

// timing is the value of the header Server-Timing.
func (t *trip) timing() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.asked, ", ")
}

// traced notes what the store is asked.
type traced struct{ driver.Store }

func (s traced) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	defer asks(ctx, "Create")()
	return s.Store.Create(ctx, v, r)
}

func (s traced) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	defer asks(ctx, "Load")()
	return s.Store.Load(ctx, now, k)
}

func (s traced) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	defer asks(ctx, "Update")()
	return s.Store.Update(ctx, now, k, u)
}

func (s traced) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	defer asks(ctx, "Delete")()
	return s.Store.Delete(ctx, now, k)
}

// tracedSCS notes what a store of scs is asked.
type tracedSCS struct{ scs.Store }

func (s tracedSCS) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	defer asks(ctx, "Find")()
	return s.Find(token)
}

func (s tracedSCS) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	defer asks(ctx, "Commit")()
	return s.Commit(token, b, expiry)
}

func (s tracedSCS) DeleteCtx(ctx context.Context, token string) error {
	defer asks(ctx, "Delete")()
	return s.Delete(token)
}
