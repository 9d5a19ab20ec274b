package sqlitestore

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// createFor creates sessions of the user with one byte each as their ID.
func createFor(t *testing.T, s *Store, user string, ids ...byte) {
	t.Helper()
	now := time.Now()
	for _, id := range ids {
		r := driver.Record{Meta: driver.Meta{ID: driver.ID{id}, User: user, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}}
		if err := s.Create(t.Context(), driver.Verifier{id}, r); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStepFails has the disk fail at the commit of a step: what it has counted is not said to be gone.
func TestStepFails(t *testing.T) {
	s, disk, _ := openFaulty(t)
	createFor(t, s, "ann", 10, 20, 30)
	broken := syscall.EIO
	disk.writeLog.Store(&broken)
	n, next, err := s.DeleteMany(t.Context(), time.Now(), driver.Selection{User: "ann"}, driver.ID{}, 2)
	if n != 0 || !next.IsZero() || !errors.Is(err, driver.ErrUnavailable) {
		t.Errorf("%d ended, next is %v, error %v; want none and %v", n, next, err, driver.ErrUnavailable)
	}
	disk.writeLog.Store(nil)
	n, next, err = s.DeleteMany(t.Context(), time.Now(), driver.Selection{User: "ann"}, driver.ID{}, 2)
	if n != 2 || next != (driver.ID{20}) || err != nil {
		t.Errorf("%d ended, next is %v, error %v; want 2 and %v", n, next, err, driver.ID{20})
	}
}

// TestStepSizes has limits of every size: a step always goes on.
func TestStepSizes(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "sessions.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id := byte(1)
	for limit, want := range map[int]int{math.MinInt: 1, 0: 1, 1: 1, 2: 2, 3: 3, 4: 3, math.MaxInt: 3} {
		user := fmt.Sprint("ann", limit)
		createFor(t, s, user, id, id+1, id+2)
		n, next, err := s.DeleteMany(t.Context(), time.Now(), driver.Selection{User: user}, driver.ID{}, limit)
		if n != want || next.IsZero() != (want == 3) || err != nil {
			t.Errorf("a step of %d: %d ended, next is %v, error %v; want %d", limit, n, next, err, want)
		}
		id += 3
	}
}

// TestForeignIDs has IDs of another length, which somebody else has written: they do not keep the steps from coming to the end.
func TestForeignIDs(t *testing.T) {
	s, _, _ := openFaulty(t)
	createFor(t, s, "ann", 10, 20, 30)
	ten, twenty := driver.ID{10}, driver.ID{20}
	sql := fmt.Sprintf(`UPDATE session SET id = x'%x' WHERE id = x'%x';
		INSERT INTO session (id, verifier, user, created, used, expires, hour, size)
		VALUES (x'%x00', x'', 'ann', 0, 0, 0, 0, 0), (x'%x0000', x'', 'ann', 0, 0, 0, 0, 0)`, twenty[:1], twenty, ten, ten)
	if err := s.file.writer.conn.Exec(sql); err != nil {
		t.Fatal(err)
	}
	total, after := 0, driver.ID{}
	for steps := 0; ; steps++ {
		n, next, err := s.DeleteMany(t.Context(), time.Now(), driver.Selection{User: "ann"}, after, 1)
		if err != nil || steps > 10 {
			t.Fatalf("step %d: error %v, next is %v", steps, err, next)
		}
		total += n
		if after = next; after.IsZero() {
			break
		}
	}
	left := int64(0)
	for st, err := range tables.All(s.file.writer.conn, "SELECT count(*) FROM session WHERE user = 'ann'") {
		if err != nil {
			t.Fatal(err)
		}
		left = st.Int64(0)
	}
	if total != 3 || left != 0 {
		t.Errorf("%d live sessions ended and %d left, want 3 and none", total, left)
	}
}

// TestSignInBetween has one of the sessions sign in again after it has been looked up and before its step: it stays.
func TestSignInBetween(t *testing.T) {
	s, _, _ := openFaulty(t)
	createFor(t, s, "eve", 10, 20, 30)
	k, now := driver.Key{ID: driver.ID{20}, Verifier: driver.Verifier{20}}, time.Now().Add(time.Second)
	held, signedIn, ended := make(chan struct{}), make(chan error, 1), make(chan error, 1)
	queued := func(n int) {
		for len(s.file.writer.queue) < n {
			time.Sleep(time.Millisecond)
		}
	}
	go func() { _ = s.file.Write(t.Context(), func(tables.Conn) error { close(held); queued(2); return nil }) }()
	<-held
	go func() {
		_, err := s.Update(t.Context(), now, k, &driver.Update{Authenticated: now})
		signedIn <- err
	}()
	queued(1)
	go func() {
		n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "eve", Before: now}, driver.ID{}, 10)
		if n != 2 || !next.IsZero() {
			err = errors.Join(err, fmt.Errorf("%d ended, next is %v, want 2 and none", n, next))
		}
		ended <- err
	}()
	list, err := []driver.Record(nil), errors.Join(<-signedIn, <-ended)
	if err == nil {
		list, err = s.List(t.Context(), now, "eve", driver.ID{}, 10)
	}
	if err != nil || len(list) != 1 || list[0].ID != k.ID {
		t.Errorf("%d sessions are left, want the one that has signed in (error: %v)", len(list), err)
	}
}
