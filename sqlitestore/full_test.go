package sqlitestore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// fill creates sessions until there is no room left for another one.
func fill(ctx context.Context, s *sqlitestore.Store) (keys []driver.Key, err error) {
	text := fullText
	for {
		k, r := newRecord(text)
		if err := s.Create(ctx, k.Verifier, r); err != nil {
			return keys, err
		}
		keys = append(keys, k)
	}
}

var fullText = strings.Repeat("x", 20_000)

// full fills s, and checks that a full store has lost nothing and works again when makeRoom has made room.
func full(s *sqlitestore.Store, makeRoom func(keys []driver.Key) error) error {
	ctx := context.Background()
	keys, err := fill(ctx, s)
	if !errors.Is(err, driver.ErrFull) {
		return fmt.Errorf("Create without room: %w", err)
	}
	if len(keys) < 10 {
		return fmt.Errorf("room for %d sessions alone", len(keys))
	}
	grow := &driver.Update{Ops: []driver.Op{driver.Set{Path: "more", Value: driver.StringValue(strings.Repeat("y", 500_000))}}}
	if _, err := s.Update(ctx, time.Now(), keys[0], grow); !errors.Is(err, driver.ErrFull) {
		return fmt.Errorf("Update without room: %w", err)
	}
	for _, k := range keys {
		r, err := s.Load(ctx, time.Now(), k)
		if err != nil {
			return fmt.Errorf("Load: %w", err)
		}
		if r.Data.Len() != 2 || r.Data.Get("text").Str() != fullText {
			return errors.New("a session has changed")
		}
	}
	if err := makeRoom(keys); err != nil {
		return fmt.Errorf("making room: %w", err)
	}
	if _, err := s.Update(ctx, time.Now(), keys[len(keys)-1], grow); err != nil {
		return fmt.Errorf("Update once there is room: %w", err)
	}
	k, r := newRecord(fullText)
	if err := s.Create(ctx, k.Verifier, r); err != nil {
		return fmt.Errorf("Create once there is room: %w", err)
	}
	return update(ctx, s, k)
}

func TestMaxBytes(t *testing.T) {
	path := newPath(t)
	const size = 2 << 20
	s := open(t, path, &sqlitestore.Options{MaxBytes: size})
	err := full(s, func(keys []driver.Key) error {
		for _, k := range keys[:len(keys)-1] {
			if err := s.Delete(t.Context(), time.Now(), k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > size {
		t.Errorf("the file has %d bytes (%v)", info.Size(), err)
	}
}
