package redisstore

import (
	"context"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// recordFields are the fields of a hash that a record is read from beside its document.
var recordFields = slices.Concat([]string{fieldVerifier, fieldRenewed, fieldUser, fieldSize, fieldOps}, metaFields[:], moreFields[:])

// LoadFields implements [driver.FieldLoader]: one HMGET. With client-side caching it is what Load has, or fetches, of the whole session: one
// copy of it serves all reads.
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	fields := slices.Concat(recordFields, names)
	part, err := s.part(ctx, s.sessionKey(k.ID), fields)
	if err != nil {
		return driver.Record{}, err
	}
	return recordOf(part, now, k)
}

// part returns those of the fields that a session's hash has.
func (s *Store) part(ctx context.Context, key string, fields []string) (map[string]string, error) {
	if s.cacheTTL > 0 {
		hash, err := s.hash(ctx, key)
		part := make(map[string]string, len(fields))
		for _, field := range fields {
			if text, ok := hash[field]; ok {
				part[field] = text
			}
		}
		return part, err
	}
	p := retry.For(s.timeout)
	return read(ctx, s, &p, key, func() (map[string]string, error) {
		texts, err := s.client.Do(ctx, s.client.B().Hmget().Key(key).Field(fields...).Build()).ToArray()
		part := make(map[string]string, len(fields))
		for i, text := range texts {
			if !text.IsNil() && err == nil {
				part[fields[i]], err = text.ToString()
			}
		}
		return part, err
	})
}
