package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// commandCalls returns how often the server has executed each command, those that clients send of themselves left out.
func commandCalls(t *testing.T, s *Store) map[string]int {
	t.Helper()
	calls := map[string]int{}
	for name, value := range info(t, s.client, "commandstats") {
		count, _, _ := strings.Cut(strings.TrimPrefix(value, "calls="), ",")
		n, err := strconv.Atoi(count)
		if err != nil {
			t.Fatal(err)
		}
		calls[strings.TrimPrefix(name, "cmdstat_")] = n
	}
	for _, own := range []string{"info", "hello", "client|setinfo", "client|tracking", "ping"} {
		delete(calls, own)
	}
	return calls
}

// sent returns the commands that clients have sent between two counts. What scripts call themselves counts too in Redis, so
// only commands that no script calls say something.
func sent(before, after map[string]int) string {
	var list []string
	for _, name := range []string{"evalsha", "eval", "evalsha_ro", "hgetall", "get", "set", "zrem", "zrange", "watch", "multi", "wait"} {
		if n := after[name] - before[name]; n != 0 {
			list = append(list, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(list, ", ")
}

// TestCommands counts what the server sees of each method.
func TestCommands(t *testing.T) {
	s := newStore(t, newServer(t).Addr, Options{})
	ctx := context.Background()
	var k driver.Key
	var now time.Time
	update := func(u driver.Update) func() error {
		return func() error {
			_, err := s.Update(ctx, now, k, &u)
			return err
		}
	}
	type step struct {
		name string
		user string
		run  func() error
		want string
	}
	steps := []step{
		{"touch", "", update(driver.Update{}), "evalsha 1"},
		{"renew and extend", "", update(driver.Update{Renew: new(driver.Verifier), MaxAge: 90 * time.Minute}), "evalsha 1"},
		{"touch of a user's session", "ann", update(driver.Update{MaxAge: 90 * time.Minute}), "evalsha 1"},
		{"all operators in a batch", "ann", update(driver.Update{Ops: storetest.CommonOps(), If: storetest.CommonConditions()}), "evalsha 1"},
		{"nested path", "", update(driver.Update{Ops: []driver.Op{driver.Inc{Path: "a.b", By: driver.IntValue(1)}}}), "evalsha 2"},
		{"sorted push", "", update(driver.Update{Ops: []driver.Op{driver.Push{Path: "push", Sort: []driver.Sort{{}}}}}), "evalsha 2"},
		{"bind", "", update(driver.Update{User: new("ann"), MaxAge: time.Hour}), "evalsha 3"},
		{"all of a sign-in", "", update(driver.Update{
			User: new("ann"), Renew: new(driver.Verifier), Authenticated: time.Now(), Attrs: driver.Attrs{"label": "x", "agent": "y"}, MaxAge: time.Hour,
		}), "evalsha 3"},
		{"attributes", "ann", update(driver.Update{Attrs: driver.Attrs{"agent": "x"}, Ops: inc("n").Ops}), "evalsha 1"},
		{"update by user", "ann", func() error { _, err := s.Update(ctx, now, driver.UserKey(k.ID, "ann"), inc("n")); return err }, "evalsha 1"},
		{"load by user", "", func() error { _, err := s.Load(ctx, now, driver.UserKey(k.ID, "")); return err }, "hgetall 1"},
		{"unbind", "ann", update(driver.Update{User: new("")}), "evalsha 1"},
		{"load", "", func() error { _, err := s.Load(ctx, now, k); return err }, "hgetall 1"},
		{"delete", "", func() error { return s.Delete(ctx, now, k) }, "evalsha 1"},
		{"delete of a user's session", "ann", func() error { return s.Delete(ctx, now, k) }, "evalsha 1, zrem 1"},
		{"end all of a user", "bob", func() error {
			_, _, err := s.DeleteMany(ctx, now, driver.Selection{User: "bob"}, driver.ID{}, 10)
			return err
		}, "evalsha 1, zrem 1, zrange 1"},
		{"list", "ann", func() error { _, err := s.List(ctx, now, "ann", driver.ID{}, 10); return err }, "zrange 1"},
	}
	for _, op := range storetest.CommonOps() {
		steps = append(steps, step{op.Name(), "", update(driver.Update{Ops: []driver.Op{op}}), "evalsha 1"})
	}
	for _, op := range storetest.NestedOps() {
		steps = append(steps, step{"nested " + op.Name(), "", update(driver.Update{Ops: []driver.Op{op}}), "evalsha 2"})
	}
	for round := range 2 { // the first loads the scripts
		for _, st := range steps {
			k, now = create(t, s, st.user, storetest.CommonDoc)
			before := commandCalls(t, s)
			if err := st.run(); err != nil {
				t.Fatalf("%s: %v", st.name, err)
			}
			if got := sent(before, commandCalls(t, s)); round > 0 && got != st.want {
				t.Errorf("%s: the server got %q, want %q", st.name, got, st.want)
			}
		}
	}
}
