package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// exec runs a script that writes by [retry.Patience.Once].
func (s *Store) exec(ctx context.Context, p *retry.Patience, sc *script, key string, args []string) (a answer, err error) {
	err = p.Once(ctx, func() (err error) {
		a, err = s.call(ctx, sc, key, args)
		return err
	})
	return a, err
}

// ask runs the read script on a session.
func (s *Store) ask(ctx context.Context, p *retry.Patience, id driver.ID, args []string) (answer, error) {
	key := s.sessionKey(id)
	return read(ctx, s, p, key, func() (answer, error) { return readScript.run(ctx, s.client, key, args) })
}

// read calls try, which reads what is at the key or at others like it, until a server has answered.
func read[T any](ctx context.Context, s *Store, p *retry.Patience, key string, try func() (T, error)) (got T, err error) {
	err = p.Read(ctx, func() (err error) {
		got, err = try()
		return s.fault(ctx, key, err)
	})
	return got, err
}

// call runs a script that writes once and, if it has written, waits for the replicas.
func (s *Store) call(ctx context.Context, sc *script, key string, args []string) (answer, error) {
	if s.replicas == 0 {
		a, err := sc.run(ctx, s.client, key, args)
		return a, s.fault(ctx, key, err)
	}
	c, release := s.client.Dedicate() // WAIT is about the writes of its own connection
	defer release()
	a, err := sc.run(ctx, c, key, args)
	if demoted(err) {
		c.Close() // instead of keeping the connection for the next
	}
	if err != nil {
		return nil, s.fault(ctx, key, err)
	}
	switch a.status() {
	case "ok", "done", "gone", "expired": // what matters has changed
		if err := s.wait(ctx, c); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// wait has the replicas receive what was written on the connection.
func (s *Store) wait(ctx context.Context, c rueidis.DedicatedClient) error {
	most := s.timeout
	if deadline, ok := ctx.Deadline(); ok {
		most = min(most, time.Until(deadline))
	}
	most = max(most, time.Millisecond) // 0 is for ever
	n, err := c.Do(ctx, c.B().Wait().Numreplicas(int64(s.replicas)).Timeout(most.Milliseconds()).Build()).AsInt64()
	switch {
	case err != nil && ctx.Err() != nil:
		return retry.Lost(retry.Ended(ctx, fmt.Errorf("fewer than %d replicas have received it", s.replicas)))
	case err != nil:
		return retry.Lost(explain(ctx, err))
	case n < int64(s.replicas):
		return retry.Lost(fmt.Errorf("%d of %d replicas have received it", n, s.replicas))
	}
	return nil
}

// leaveEvery is how often connections are left at most: each time, what is under way on one loses its reply.
const leaveEvery = 20 * time.Millisecond

// fault returns what [explain] makes of an error of the client that came of a command about the key, nil of nil. If a replica has
// answered that was the master, its address may lead to another server by now, that of a proxy or a name for instance; but only for
// connections that are made from now on. So it has the server close one of the client's, and tries which follow find whoever is the
// master now. The client has several, and takes any of them for a command, so it may take some tries until all are new.
func (s *Store) fault(ctx context.Context, key string, err error) error {
	if err == nil {
		return nil
	}
	if last := s.left.Load(); demoted(err) && time.Since(s.began)-time.Duration(last) > leaveEvery &&
		s.left.CompareAndSwap(last, int64(time.Since(s.began))) {
		short, cancel := context.WithTimeout(ctx, s.timeout)
		s.client.Do(short, s.client.B().Arbitrary("QUIT").Keys(key).Build()) // the key says which node of a Cluster
		cancel()
	}
	return explain(ctx, err)
}
