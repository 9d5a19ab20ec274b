package peer

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/rueidis"
)

// redisHand keeps a session in a hash that expires.
type redisHand struct {
	client rueidis.Client
	prefix string
}

const handVerifier = "$v"

var handSet = rueidis.NewLuaScript(`
if redis.call('HGET', KEYS[1], '$v') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIREAT', KEYS[1], ARGV[2])
return 1`)

func redisByHand(_ context.Context, url, place string) (hand, func(), error) {
	opts, err := rueidis.ParseURL(url)
	if err != nil {
		return nil, nil, err
	}
	client, err := rueidis.NewClient(opts)
	if err != nil {
		return nil, nil, err
	}
	return &redisHand{client, place + ":"}, client.Close, nil
}

func (h *redisHand) key(k handKey) string { return h.prefix + string(k.id[:]) }

func (h *redisHand) create(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	set := h.client.B().Hset().Key(h.key(k)).FieldValue().FieldValue(handVerifier, string(k.verifier[:]))
	for _, f := range fields {
		set = set.FieldValue(f.Name, f.Text)
	}
	if err := h.client.Do(ctx, set.Build()).Error(); err != nil {
		return err
	}
	return h.client.Do(ctx, h.client.B().Pexpireat().Key(h.key(k)).MillisecondsTimestamp(expires.UnixMilli()).Build()).Error()
}

func (h *redisHand) text(ctx context.Context, k handKey, name string) (string, error) {
	values, err := h.client.Do(ctx, h.client.B().Hmget().Key(h.key(k)).Field(handVerifier, name).Build()).ToArray()
	if err != nil {
		return "", err
	}
	if verifier, err := values[0].AsBytes(); err != nil || !same(verifier, k.verifier) {
		return "", errNoSession
	}
	text, err := values[1].ToString()
	if rueidis.IsRedisNil(err) {
		return "", nil
	}
	return text, err
}

func (h *redisHand) set(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	args := make([]string, 0, 2+2*len(fields))
	args = append(args, string(k.verifier[:]), strconv.FormatInt(expires.UnixMilli(), 10))
	for _, f := range fields {
		args = append(args, f.Name, f.Text)
	}
	done, err := handSet.Exec(ctx, h.client, []string{h.key(k)}, args).AsInt64()
	if err == nil && done == 0 {
		err = errNoSession
	}
	return err
}
