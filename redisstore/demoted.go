package redisstore

import (
	"context"
	"slices"
	"time"

	"github.com/redis/rueidis"
)

// demoted reports whether the server that answers so is a replica. If it was the master, its address may lead to another one by now,
// that of a proxy or a name for instance; but only for connections that are made from now on.
func demoted(err error) bool {
	e, ok := rueidis.IsRedisErr(err)
	return ok && slices.Contains([]string{"READONLY", "MASTERDOWN"}, code(e.Error()))
}

// leaveEvery is how often connections are left at most: each time, what is under way on one loses its reply.
const leaveEvery = 20 * time.Millisecond

// fault returns what [explain] makes of an error of the client that came of a command about the key. If a replica has answered, it
// has the server close one of the client's connections, so that tries which follow find whoever is the master now. The client has
// several, and takes any of them for a command, so it may take some tries until all are new.
func (s *Store) fault(ctx context.Context, key string, err error) error {
	if last := s.left.Load(); demoted(err) && time.Since(s.began)-time.Duration(last) > leaveEvery &&
		s.left.CompareAndSwap(last, int64(time.Since(s.began))) {
		short, cancel := context.WithTimeout(ctx, s.timeout)
		s.client.Do(short, s.client.B().Arbitrary("QUIT").Keys(key).Build()) // the key says which node of a Cluster
		cancel()
	}
	return explain(ctx, err)
}
