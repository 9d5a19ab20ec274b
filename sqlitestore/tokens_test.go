package sqlitestore

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/faults"
)

// TestInterrupted has the contexts of calls end before, in and after them.
func TestInterrupted(t *testing.T) {
	s, _, _ := openFaulty(t)
	faults.Interrupted(t, s, 500)
}

// TestDiskTokens has every call meet a disk that fails, and that others call on at the same time.
func TestDiskTokens(t *testing.T) {
	s, disk, _ := openFaulty(t)
	plan := func(ctx context.Context, call func(ctx context.Context)) (met bool) {
		where := []*atomic.Pointer[syscall.Errno]{&disk.writeLog, &disk.syncLog}[rand.IntN(2)]
		where.Store(new([]syscall.Errno{syscall.ENOSPC, syscall.EIO}[rand.IntN(2)]))
		defer where.Store(nil)
		defer time.AfterFunc(rand.N(2*time.Millisecond), func() { where.Store(nil) }).Stop()
		call(ctx)
		return true
	}
	clients := make([]faults.Client, 8)
	for i := range clients {
		clients[i] = faults.Client{Store: s, Plan: plan}
	}
	l := faults.NewLoad(t, s, 3)
	l.Run(500, clients...)
	l.SettleAll()
}
