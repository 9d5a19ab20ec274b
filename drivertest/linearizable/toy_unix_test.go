//go:build unix

package linearizable_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
)

// toy is a store with a file for each session in a folder. Any number of processes may use it.
type toy struct {
	dir    string
	shared bool // the mistake that a lock is not exclusive
}

type toyRecord struct {
	driver.Record
	Data               string // in the place of the document
	Verifier, Previous []byte
	Renewed            time.Time
	SignedIn           bool
}

var _ driver.Store = toy{}

// change replaces a record by what f makes of it; nil: there is none. Where f fails nothing changes.
func (s toy) change(ctx context.Context, id driver.ID, f func(r *toyRecord) (*toyRecord, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	path := filepath.Join(s.dir, id.String())
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close() // which unlocks it, as does the end of the process
	how := syscall.LOCK_EX
	if s.shared {
		how = syscall.LOCK_SH
	}
	if err := syscall.Flock(int(lock.Fd()), how); err != nil {
		return err
	}
	var before *toyRecord
	switch text, err := os.ReadFile(path); {
	case err == nil:
		before = &toyRecord{}
		if err := json.Unmarshal(text, before); err != nil {
			return err
		}
		if before.Record.Data, err = driver.ParseDoc(before.Data); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	after, err := f(before)
	switch {
	case err != nil || after == before:
		return err
	case after == nil:
		return os.Remove(path)
	}
	after.Data = after.Record.Data.Text()
	text, err := json.Marshal(after)
	if err != nil {
		return err
	}
	next, err := os.CreateTemp(s.dir, "next")
	if err != nil {
		return err
	}
	_, err = next.Write(text)
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), path)
}

func (s toy) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	return s.change(ctx, r.ID, func(before *toyRecord) (*toyRecord, error) {
		if before != nil && before.Expires.After(r.Created) {
			return nil, driver.ErrExists
		}
		return &toyRecord{Record: r, Verifier: v[:]}, nil
	})
}

func (r *toyRecord) guard(now time.Time, k driver.Key) error {
	switch {
	case r == nil || !r.Expires.After(now):
		return driver.ErrNotFound
	case k.ByUser && k.User == r.User, !k.ByUser && string(k.Verifier[:]) == string(r.Verifier):
		return nil
	case k.ByUser || string(k.Verifier[:]) != string(r.Previous):
		return driver.ErrNotFound
	case now.Sub(r.Renewed) < driver.RenewalWindow:
		return driver.ErrRenewed
	}
	return driver.ErrReplayed
}

func (s toy) Load(ctx context.Context, now time.Time, k driver.Key) (rec driver.Record, err error) {
	err = s.change(ctx, k.ID, func(r *toyRecord) (*toyRecord, error) {
		err := r.guard(now, k)
		switch {
		case err == nil, errors.Is(err, driver.ErrRenewed) && r.SignedIn:
			rec = r.Record
		case errors.Is(err, driver.ErrReplayed):
			rec.ID, rec.User = r.ID, r.User
		}
		return r, err
	})
	return rec, err
}

func (s toy) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (res driver.Result, err error) {
	err = s.change(ctx, k.ID, func(r *toyRecord) (*toyRecord, error) {
		if err := r.guard(now, k); err != nil {
			return nil, err
		}
		if err := u.CheckAuthenticated(r.Authenticated); err != nil {
			return nil, err
		}
		data, taken, err := driver.Eval(ctx, r.Record.Data, u, now)
		if err != nil {
			return nil, err
		}
		after := *r
		after.Record = u.Record(r.Record, now)
		after.Record.Data = data
		if u.Renew != nil {
			after.Verifier, after.Previous, after.Renewed, after.SignedIn = u.Renew[:], r.Verifier, now, u.SignsIn(r.Meta)
		}
		res = driver.Result{Meta: after.Meta, Fields: u.Written(data), Taken: taken}
		return &after, nil
	})
	return res, err
}

func (s toy) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.change(ctx, k.ID, func(r *toyRecord) (*toyRecord, error) {
		switch {
		case r == nil || !r.Expires.After(now) || k.ByUser && k.User != r.User:
			return nil, driver.ErrNotFound
		case !k.ByUser && string(k.Verifier[:]) != string(r.Verifier):
			return nil, driver.ErrRenewed
		}
		return nil, nil
	})
}

func toys(shared bool) linearizable.Store {
	return linearizable.Store{
		Start:   func(tb testing.TB) string { return tb.TempDir() },
		Connect: func(_ testing.TB, address string) driver.Store { return toy{address, shared} },
	}
}

// TestProcesses judges a store that several processes use.
func TestProcesses(t *testing.T) {
	report := linearizable.Run(t, toys(false), &linearizable.Options{Histories: 100, Processes: 3})
	if report.Overlaps < report.Histories || report.Unknown+report.Refused+report.Kills > 0 {
		t.Errorf("%+v", report)
	}
}

// TestKill kills processes meanwhile: what they were about may have happened or not, and nothing is wrong with either.
func TestKill(t *testing.T) {
	report := linearizable.Run(t, toys(false), &linearizable.Options{Histories: 60, Kill: true})
	if report.Kills != 5 || report.Unknown < report.Histories || report.Unknown > report.Calls/4 {
		t.Errorf("%+v", report)
	}
}

// TestProcessesMutant expects a lock that holds off nobody to be found, though each process alone would be right.
func TestProcessesMutant(t *testing.T) {
	const variable = "LINEARIZABLE_SHARED"
	if os.Getenv(variable) != "" {
		linearizable.Run(t, toys(true), &linearizable.Options{Histories: histories, Processes: 4, Clients: 1, Dir: os.Getenv(dirVariable)})
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessesMutant$")
	cmd.Env = append(os.Environ(), variable+"=1", dirVariable+"="+t.TempDir())
	expectFound(t, cmd)
}
