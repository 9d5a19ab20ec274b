package testserver

import (
	"fmt"
	"strings"
	"testing"
)

// RedisSentinel is a master with a replica, and a sentinel that watches them under the name SentinelMaster.
type RedisSentinel struct{ Master, Replica, Sentinel *Redis }

// SentinelMaster is the name of the master that the sentinel of [RedisSentinel] watches.
const SentinelMaster = "main"

// NewRedisSentinel starts the three for one test.
func NewRedisSentinel(tb testing.TB, options ...string) *RedisSentinel {
	tb.Helper()
	options = append([]string{"--repl-diskless-sync-delay", "0", "--replica-serve-stale-data", "no"}, options...)
	master := NewRedis(tb, options...)
	s := &RedisSentinel{master, NewReplica(tb, master, options...), nil}
	s.Sentinel = (&Redis{sentinel: fmt.Sprintf("sentinel monitor main 127.0.0.1 %s 1\nsentinel down-after-milliseconds main 3000\n"+
		"sentinel failover-timeout main 3000\n", master.port())}).open(tb)
	if err := s.WaitUntilWhole(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// WaitUntilWhole waits until the sentinel knows the master and its replica, and the replica receives what is written.
func (s *RedisSentinel) WaitUntilWhole() error {
	err := waitUntil("the sentinel knows the replica", func() bool {
		text, _ := s.Sentinel.Ask("INFO", "sentinel")
		return strings.Contains(text, "status=ok,address="+s.Master.Addr+",slaves=1")
	})
	if err != nil {
		return err
	}
	return s.Master.WaitForReplica()
}

// FailOver kills the master, waits until the sentinel has made the replica the master, and starts the killed server as the replica of
// that.
func (s *RedisSentinel) FailOver() error {
	if err := s.Master.WaitForReplica(); err != nil {
		return err
	}
	s.Master.Kill()
	if err := waitUntil("the replica has taken over", func() bool {
		role, _ := s.Replica.Ask("ROLE")
		text, _ := s.Sentinel.Ask("INFO", "sentinel")
		return strings.HasPrefix(role, "master") && strings.Contains(text, "address="+s.Replica.Addr)
	}); err != nil {
		return err
	}
	s.Master, s.Replica = s.Replica, s.Master
	s.Master.master, s.Replica.master = nil, s.Master
	if err := s.Replica.Restart(); err != nil {
		return err
	}
	return s.WaitUntilWhole()
}
