package sqlitedrivers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

func init() { children["full"] = fullChild }

// fullChild fills a disk, which is how a bound on the size of files looks, and goes on once it has grown. The runtime ignores the signal
// that comes with it.
func fullChild() {
	limit := func(size uint64) {
		check(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: 64 << 20}))
	}
	limit(2 << 20)
	db, s := openChild(wal)
	ctx, text := context.Background(), strings.Repeat("x", 20_000)
	var keys []driver.Key
	for {
		data, err := driver.ParseDoc(`{"n":0,"text":"` + text + `"}`)
		check(err)
		k, now := storetest.NewKey(), time.Now()
		meta := driver.Meta{ID: k.ID, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}
		if err = s.Create(ctx, k.Verifier, driver.Record{Meta: meta, Data: data}); err != nil {
			// Not every driver says of a disk that it is full. What is sure is that nothing was changed.
			if !errors.Is(err, driver.ErrFull) && !errors.Is(err, driver.ErrUnavailable) || errors.Is(err, driver.ErrUnknownOutcome) {
				check(fmt.Errorf("on a full disk: %w", err))
			}
			break
		}
		keys = append(keys, k)
	}
	if len(keys) < 10 {
		check(fmt.Errorf("room for %d sessions alone", len(keys)))
	}
	for _, k := range keys {
		r, err := s.Load(ctx, time.Now(), k)
		if err == nil && r.Data.Get("text").Str() != text {
			err = errors.New("a session has changed")
		}
		check(err)
	}
	limit(64 << 20)
	for _, k := range keys {
		check(inc(ctx, s, k))
	}
	check(db.Close())
}

func TestDiskFull(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		file := newFile(t)
		if output, err := childCommand(t, d, "full", file).Output(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		db := d.open(t, file, wal)
		consistent(t, db)
		if n := number(t, db, "SELECT count(*) FROM atomicsession_fields WHERE name = 'n' AND value <> '1'"); n != 0 {
			t.Errorf("%d sessions were not updated, or twice", n)
		}
	})
}
