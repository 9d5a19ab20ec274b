package atomicsession_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// damaging is a store that keeps texts: it parses an array when it is read, and somebody has damaged the one in the field list.
type damaging struct{ *memstore.Store }

func (s damaging) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	r, err := s.Store.Load(ctx, now, k)
	if err != nil {
		return r, err
	}
	names, texts := []string{"list"}, []string{"[1,soon]"}
	for name, v := range r.Data.All() {
		names, texts = append(names, name), append(texts, v.Text())
	}
	r.Data, err = driver.ParseFields(names, texts)
	return r, err
}

// TestDamagedField reads a session with a damaged field: only who reads that is told so, each time, and of all that is read at once nothing
// is handed out.
func TestDamagedField(t *testing.T) {
	m := newManager(t, damaging{memstore.New(nil)}, nil)
	visits, list := atomicsession.NewKey[int]("visits"), atomicsession.NewKey[[]int]("list")
	tags := atomicsession.NewKey[[]string]("tags")
	token := newToken(t, m, visits.Set(3), tags.Set([]string{"a", "b"}), atomicsession.User("ann"))
	var id atomicsession.ID
	must(t, request(t, m, token, func(ctx context.Context, s *atomicsession.Session) error {
		info, _, err := s.Info(ctx)
		if err != nil {
			return err
		}
		id = info.ID
		for range 2 {
			if n, _, err := visits.Get(ctx, s); n != 3 || err != nil {
				t.Errorf("visits: %d, error %v", n, err)
			}
			if got, _, err := tags.Get(ctx, s); len(got) != 2 || err != nil {
				t.Errorf("tags: %q, error %v", got, err)
			}
			if got, _, err := list.Get(ctx, s); got != nil || !errors.Is(err, atomicsession.ErrCorrupt) {
				t.Errorf("list: %v, error %v", got, err)
			}
			n, got := 0, []int(nil)
			if err := s.Read(ctx, visits.Into(&n), list.Into(&got)); n != 0 || !errors.Is(err, atomicsession.ErrCorrupt) {
				t.Errorf("both: %d, %v, error %v", n, got, err)
			}
			if d, err := s.Document(ctx); d.Len() != 0 || !errors.Is(err, atomicsession.ErrCorrupt) {
				t.Errorf("document: %s, error %v", d.Text(), err)
			}
		}
		return nil
	}))
	var n int
	if _, err := m.ReadSession(t.Context(), "ann", id, visits.Into(&n)); n != 3 || err != nil {
		t.Errorf("visits of ann's session: %d, error %v", n, err)
	}
	var got []int
	if _, err := m.ReadSession(t.Context(), "ann", id, list.Into(&got)); !errors.Is(err, atomicsession.ErrCorrupt) {
		t.Errorf("list of ann's session: error %v", err)
	}
	if d, err := m.SessionDocument(t.Context(), "ann", id); d.Len() != 0 || !errors.Is(err, atomicsession.ErrCorrupt) {
		t.Errorf("ann's document: %s, error %v", d.Text(), err)
	}
}
