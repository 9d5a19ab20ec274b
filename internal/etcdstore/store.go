package etcdstore

import (
	"cmp"
	"context"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// Patience is how long an operation goes on while the server is not to be reached or others change the same session.
const Patience = 20 * time.Second

// maxRequest is the longest request in bytes that is sent; the server may take less.
const maxRequest = 64 << 20

// Store keeps sessions in etcd.
type Store struct {
	client      *clientv3.Client
	connections *connections
	prefix      string
	turns       retry.Turns
}

var (
	_ driver.Store   = (*Store)(nil)
	_ driver.Finder  = (*Store)(nil)
	_ driver.Sweeper = (*Store)(nil)
)

// Open returns a store of the servers at the addresses, each a host and port, under keys that begin with the prefix, "sessions/" if it
// is "". It does not wait for a connection. Close it.
func Open(prefix string, addresses ...string) (*Store, error) {
	return open(prefix, addresses, dialTCP)
}

func open(prefix string, addresses []string, dial dialer, options ...grpc.DialOption) (*Store, error) {
	connections := &connections{dial: dial, all: make(map[*connection]bool)}
	client, err := clientv3.New(clientv3.Config{
		Endpoints:            addresses,
		MaxCallSendMsgSize:   maxRequest,
		MaxUnaryRetries:      1, // the store knows better what may be sent again
		DialKeepAliveTime:    10 * time.Second,
		DialKeepAliveTimeout: 5 * time.Second,
		Logger:               zap.NewNop(),
		DialOptions: append([]grpc.DialOption{
			grpc.WithStatsHandler(sendings{}),
			grpc.WithContextDialer(connections.open),
			grpc.WithConnectParams(grpc.ConnectParams{
				Backoff:           backoff.Config{BaseDelay: 10 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
				MinConnectTimeout: 5 * time.Second,
			}),
		}, options...),
	})
	if err != nil {
		return nil, err
	}
	return &Store{client: client, connections: connections, prefix: cmp.Or(prefix, "sessions/")}, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.client.Close() }

func (s *Store) do(ctx context.Context, op clientv3.Op) (clientv3.OpResponse, error) {
	began := time.Now()
	answer, err := s.client.Do(ctx, op)
	if err != nil {
		s.connections.closeSilent(ctx, began)
	}
	return answer, err
}

// read returns what the client makes of op, which changes nothing.
func (s *Store) read(ctx context.Context, op clientv3.Op) (clientv3.OpResponse, error) {
	answer, err := s.do(ctx, op)
	if err != nil {
		if err = failure(err, true); retry.CanRepeat(err) {
			err = retry.Refused(err)
		}
	}
	return answer, err
}

// transaction is a change, and what it was worked out from.
type transaction struct {
	compare []clientv3.Cmp
	ops     []clientv3.Op
}

// put has the transaction write a record in the place of old, nil if there is none, or remove old if next is nil.
func (t *transaction) put(s *Store, old, next *stored) error {
	var id driver.ID
	var before, after []string
	var revision int64
	if old != nil {
		id, before, revision = old.id, s.indexes(old), old.revision
	}
	if next != nil {
		id, after = next.id, s.indexes(next)
	}
	key := s.key(id)
	t.compare = append(t.compare, clientv3.Compare(clientv3.ModRevision(key), "=", revision))
	if next != nil {
		value, err := next.encode()
		if err != nil {
			return err
		}
		t.ops = append(t.ops, clientv3.OpPut(key, value))
	} else {
		t.ops = append(t.ops, clientv3.OpDelete(key))
	}
	for i := range max(len(before), len(after)) {
		from, to := at(before, i), at(after, i)
		if from == to {
			continue
		}
		if from != "" {
			t.ops = append(t.ops, clientv3.OpDelete(from))
		}
		if to != "" {
			t.ops = append(t.ops, clientv3.OpPut(to, ""))
		}
	}
	return nil
}

// at returns the element i, or "" beyond the end.
func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

// commit makes the change. With [retry.ErrChanged] others have come between, and with an error of [retry.Refused] it was not sent.
func (s *Store) commit(ctx context.Context, t transaction) error {
	ctx, sent := watch(ctx)
	answer, err := s.do(ctx, clientv3.OpTxn(t.compare, t.ops, nil))
	switch {
	case err != nil:
		return failure(err, sent.Load())
	case !answer.Txn().Succeeded:
		return retry.ErrChanged
	}
	return nil
}
