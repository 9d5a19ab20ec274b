package testserver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RedisCluster is three masters with a replica each.
type RedisCluster struct {
	servers []*Redis // the first of them never dies, and is asked how things are
}

// NewRedisCluster starts a cluster for one test that holds a node for dead after so much silence.
func NewRedisCluster(tb testing.TB, nodeTimeout time.Duration, options ...string) *RedisCluster {
	tb.Helper()
	c := &RedisCluster{}
	for range 6 {
		of := []string{
			"--cluster-enabled", "yes", "--cluster-port", FreePort(),
			"--cluster-node-timeout", strconv.FormatInt(nodeTimeout.Milliseconds(), 10),
			"--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
		}
		c.servers = append(c.servers, NewRedis(tb, append(of, options...)...))
	}
	args := append(append([]string{"--cluster", "create"}, c.Addrs()...), "--cluster-replicas", "1", "--cluster-yes")
	if _, err := redisCLI(args...); err != nil {
		tb.Fatal(err)
	}
	if err := c.WaitUntilWhole(); err != nil {
		tb.Fatal(err)
	}
	return c
}

// Addrs returns the addresses of all nodes.
func (c *RedisCluster) Addrs() (addrs []string) {
	for _, s := range c.servers {
		addrs = append(addrs, s.Addr)
	}
	return addrs
}

// WaitUntilWhole waits until every node holds the cluster for working and has its master or its replica.
func (c *RedisCluster) WaitUntilWhole() error {
	return waitUntil("the cluster is whole", func() bool {
		return !slices.ContainsFunc(c.servers, func(s *Redis) bool {
			state, _ := s.Ask("CLUSTER", "INFO")
			replication, _ := s.Ask("INFO", "replication")
			return !strings.Contains(state, "cluster_state:ok") ||
				!strings.Contains(replication, "state=online") && !strings.Contains(replication, "master_link_status:up")
		})
	})
}

// masters returns the IDs of the nodes that are masters and live, by their addresses.
func (c *RedisCluster) masters() (map[string]string, error) {
	text, err := c.servers[0].Ask("CLUSTER", "NODES")
	ids := map[string]string{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) > 8 && strings.Contains(f[2], "master") && !strings.Contains(f[2], "fail") {
			addr, _, _ := strings.Cut(f[1], "@")
			ids[addr] = f[0]
		}
	}
	return ids, err
}

// MoveSlots moves slots from the nth of the three masters, in the order of their IDs, to the next one.
func (c *RedisCluster) MoveSlots(n, slots int) error {
	if err := waitUntil("the nodes agree", func() bool {
		_, err := redisCLI("--cluster", "check", c.servers[0].Addr)
		return err == nil
	}); err != nil {
		return err
	}
	masters, err := c.masters()
	if err != nil {
		return err
	}
	ids := slices.Sorted(maps.Values(masters))
	if len(ids) != 3 {
		return fmt.Errorf("%d masters, want 3", len(ids))
	}
	_, err = redisCLI("--cluster", "reshard", c.servers[0].Addr, "--cluster-from", ids[n%3], "--cluster-to", ids[(n+1)%3],
		"--cluster-slots", strconv.Itoa(slots), "--cluster-yes")
	return err
}

// FailOver kills a master, waits until its replica is one, and brings back the killed server, which becomes the replica.
func (c *RedisCluster) FailOver() error {
	before, err := c.masters()
	if err != nil {
		return err
	}
	for _, s := range c.servers[1:] {
		if before[s.Addr] == "" {
			continue
		}
		if err := s.WaitForReplica(); err != nil {
			return err
		}
		s.Kill()
		if err := waitUntil("the replica has taken over", func() bool {
			now, err := c.masters()
			return err == nil && len(now) == len(before) && now[s.Addr] == ""
		}); err != nil {
			return err
		}
		return s.Restart()
	}
	return errors.New("no master")
}
