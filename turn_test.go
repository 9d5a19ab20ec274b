package atomicsession_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// A method that waits for its turn does not wait longer than its own context allows.
func TestWaitingForATurn(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(1))
	entered, release := make(chan struct{}), make(chan struct{})
	site.store.before(func(_ context.Context, call string) error {
		if call == "load" {
			close(entered)
			<-release
		}
		return nil
	})
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := s.Refresh(ctx); err != nil {
				t.Error(err)
			}
		})
		<-entered
		impatient, cancel := context.WithCancel(ctx)
		cancel()
		err := s.Update(impatient, atomicsession.Path("a").Set(2))
		close(release)
		wg.Wait()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	site.store.before(nil)
	b.wantDocument(`{"a":1}`)
}
