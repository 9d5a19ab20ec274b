package etcdstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// failure says what became of a request that ended with an error and, as far as the client knows, was sent.
func failure(err error, sent bool) error {
	code := status.Code(err)
	if known := (rpctypes.EtcdError{}); errors.As(err, &known) {
		code = known.Code()
	}
	switch {
	case errors.Is(err, rpctypes.ErrNoSpace): // which the server says also of the very request that has filled it, and has executed that
		return retry.Lost(err)
	case errors.Is(err, rpctypes.ErrRequestTooLarge), code == codes.ResourceExhausted && !sent:
		return retry.Shown(driver.ErrTooLarge, err.Error(), err)
	case code == codes.InvalidArgument, code == codes.PermissionDenied, code == codes.Unauthenticated, code == codes.FailedPrecondition:
		return retry.Shown(driver.ErrUnavailable, err.Error(), err)
	case errors.Is(err, rpctypes.ErrTooManyRequests), !sent:
		return retry.Refused(err)
	}
	return retry.Lost(err)
}

type sentKey struct{}

// watch returns a context for one request, and whether that has been handed to a connection.
func watch(ctx context.Context) (context.Context, *atomic.Bool) {
	sent := new(atomic.Bool)
	return context.WithValue(ctx, sentKey{}, sent), sent
}

// sendings notes for watch what is sent.
type sendings struct{}

func (sendings) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (sendings) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (sendings) HandleConn(context.Context, stats.ConnStats)                       {}

func (sendings) HandleRPC(ctx context.Context, event stats.RPCStats) {
	if _, payload := event.(*stats.OutPayload); payload {
		if sent, ok := ctx.Value(sentKey{}).(*atomic.Bool); ok {
			sent.Store(true)
		}
	}
}

// errLayout is what a record of another layout version is.
func errLayout(version int) error {
	return fmt.Errorf("%w: %w", driver.Corrupt(fmt.Sprintf("layout version %d", version)), driver.ErrLayout)
}
