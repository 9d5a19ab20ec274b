package mysqlstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestFastClock has a client whose clock is ahead fill a session's memory: the others' updates count all the same, once.
func TestFastClock(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "", `{"n":0}`)
	ahead := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(time.Hour).UnixNano()))
	exec(t, s.db, s.sql.names.Replace(fmt.Sprintf("UPDATE {session} SET floor = x'%x'", ahead)))
	for i := range 20 {
		if i == 10 {
			s.procedures.missed.Store(1 << 62)
		}
		if _, err := s.Update(t.Context(), now, k, inc("n")); err != nil {
			t.Fatal(err)
		}
	}
	counts(t, s, k, now, 20)
}

// TestRemember fills the memory of a session by each way: it has the latest 16 operations, and nothing that it has forgotten is applied.
func TestRemember(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "", `{"a":{"n":0},"n":0}`)
	first := retry.NewOpID(nil)
	if _, err := s.newOperation(now, k, inc("n")).inTx(t.Context(), first, false); err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		if _, err := s.Update(t.Context(), now, k, inc([]driver.Path{"n", "a.n"}[i%2])); err != nil {
			t.Fatal(err)
		}
		if _, err := s.newOperation(now, k, inc("n")).inTx(t.Context(), retry.NewOpID(nil), false); err != nil {
			t.Fatal(err)
		}
		if n := ask[int](t, s.db, s.sql.names.Replace("SELECT OCTET_LENGTH(ops) FROM {session}")); n != min(16*16, (3+2*(i+1)-1)*16) {
			t.Errorf("%d bytes of operations after %d updates", n, 2*(i+1)+1)
		}
	}
	if _, err := s.newOperation(now, k, inc("n")).inTx(t.Context(), first, true); !errors.Is(err, driver.ErrUnknownOutcome) {
		t.Errorf("a try that is forgotten: error %v, want %v", err, driver.ErrUnknownOutcome)
	}
	if a, err := s.newOperation(now, k, inc("n")).call(t.Context(), first, nil, nil); err != nil || !a.is("eval") {
		t.Errorf("its late message: %q, error %v", a.word, err)
	}
	counts(t, s, k, now, 61)
}

// TestFallbackBesideOthers has an update that the client works out contend with others of another program that never stop.
func TestFallbackBesideOthers(t *testing.T) {
	s := newStore(t)
	storetest.SortBesidePushes(t, s, over(t, connect(t), &s.opts), 8)
}

// TestSize sets a field so often that the session seems to be larger than it may be: nothing is refused that fits.
func TestSize(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "", `{"n":0}`)
	set := func(n int, size int) error {
		_, err := s.Update(t.Context(), now, k, &driver.Update{
			Ops:    []driver.Op{driver.Set{Path: "text", Value: driver.StringValue(strings.Repeat("x", n))}},
			Limits: driver.Limits{Size: size},
		})
		return err
	}
	for range 20 {
		must(t, set(1000, 5000))
	}
	if n := ask[int](t, s.db, s.sql.names.Replace("SELECT bytes FROM {session}")); n > 5000 || n < 1000 {
		t.Errorf("it is counted as %d bytes", n)
	}
	if err := set(6000, 5000); !errors.Is(err, driver.ErrTooLarge) {
		t.Errorf("error %v, want %v", err, driver.ErrTooLarge)
	}
	must(t, set(4000, 1<<20))
	must(t, set(3000, 2000)) // over a limit that was lowered, but it becomes smaller
}

// TestLongName has names of fields that the table has no room for.
func TestLongName(t *testing.T) {
	s := newStore(t)
	k, now := create(t, s, "", `{}`)
	name := driver.Path(strings.Repeat("n", maxName))
	limits := driver.Limits{Name: 1 << 20}
	for path, want := range map[driver.Path]error{name: nil, name + "n": driver.ErrTooLarge, name + "n.a": driver.ErrTooLarge} {
		if _, err := s.Update(t.Context(), now, k, &driver.Update{Ops: inc(path).Ops, Limits: limits}); !errors.Is(err, want) {
			t.Errorf("a name of %d bytes: error %v, want %v", len(path), err, want)
		}
	}
	none := &driver.Update{Ops: inc("n").Ops, If: []driver.Condition{{Path: name + "n", Is: driver.Exists, Value: driver.BoolValue(false)}}}
	if _, err := s.Update(t.Context(), now, k, none); err != nil {
		t.Errorf("a condition on such a field: %v", err)
	}
}
