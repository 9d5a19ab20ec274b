package peer

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/zerodha/simplesessions/v3"
)

// redisFields is a Redis store for simplesessions. It sends the commands that the library's own store sends; that one is a
// module of its own (stores/redis/v3 v3.0.0) whose checksum could not be verified, so it is not required here.
type redisFields struct {
	simplesessions.Store // nil: the methods that the application does not call
	ctx                  context.Context
	client               *redis.Client
	prefix               string
}

const (
	redisMarker = "_ss" // every session has this field
	redisTTL    = 14 * 24 * time.Hour
)

func simpleRedis(ctx context.Context, url, place string) (simplesessions.Store, func(), error) {
	client, err := goRedis(url)
	if err != nil {
		return nil, nil, err
	}
	store := &redisFields{ctx: context.WithoutCancel(ctx), client: client, prefix: place + ":"}
	return store, func() { _ = client.Close() }, nil
}

// Create and the setters write whether there is such a session or not, as the library's do.
func (s *redisFields) Create(id string) error { return s.send(id, []any{redisMarker, "1"}) }

func (s *redisFields) Set(id, field string, value any) error {
	return s.send(id, []any{field, value}, []any{redisMarker, "1"})
}

func (s *redisFields) SetMulti(id string, fields map[string]any) error {
	pairs := []any{redisMarker, "1"}
	for name, value := range fields {
		pairs = append(pairs, name, value)
	}
	return s.send(id, pairs)
}

// send sends an HSET for each of the sets, and the expiry, as one transaction.
func (s *redisFields) send(id string, sets ...[]any) error {
	_, err := s.client.TxPipelined(s.ctx, func(p redis.Pipeliner) error {
		for _, pairs := range sets {
			p.HSet(s.ctx, s.prefix+id, pairs...)
		}
		p.Expire(s.ctx, s.prefix+id, redisTTL)
		return nil
	})
	return err
}

func (s *redisFields) Get(id, field string) (any, error) {
	values, err := s.client.HMGet(s.ctx, s.prefix+id, redisMarker, field).Result()
	if err != nil {
		return nil, err
	}
	if values[0] == nil {
		return nil, simplesessions.ErrInvalidSession
	}
	return values[1], nil
}

func (s *redisFields) GetAll(id string) (map[string]any, error) {
	texts, err := s.client.HGetAll(s.ctx, s.prefix+id).Result()
	if err != nil {
		return nil, err
	}
	if texts[redisMarker] == "" {
		return nil, simplesessions.ErrInvalidSession
	}
	delete(texts, redisMarker)
	fields := make(map[string]any, len(texts))
	for name, text := range texts {
		fields[name] = text
	}
	return fields, nil
}

func (s *redisFields) Delete(id string, names ...string) error {
	return s.client.HDel(s.ctx, s.prefix+id, names...).Err()
}

func (s *redisFields) Destroy(id string) error { return s.client.Del(s.ctx, s.prefix+id).Err() }

func (s *redisFields) String(value any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	if value == nil {
		return "", simplesessions.ErrNil
	}
	text, ok := value.(string)
	if !ok {
		return "", errors.New("not a text")
	}
	return text, nil
}
