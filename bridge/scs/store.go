package scsbridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/driver"
)

var (
	_ scs.CtxStore         = (*Bridge)(nil)
	_ scs.IterableStore    = (*Bridge)(nil)
	_ scs.IterableCtxStore = (*Bridge)(nil)
	_ scs.Codec            = (*Bridge)(nil)
)

// Find is FindCtx with a context of its own.
func (b *Bridge) Find(token string) ([]byte, bool, error) {
	return b.FindCtx(context.Background(), token)
}

// Commit is CommitCtx with a context of its own.
func (b *Bridge) Commit(token string, bytes []byte, expiry time.Time) error {
	return b.CommitCtx(context.Background(), token, bytes, expiry)
}

// Delete is DeleteCtx with a context of its own.
func (b *Bridge) Delete(token string) error { return b.DeleteCtx(context.Background(), token) }

// All is AllCtx with a context of its own.
func (b *Bridge) All() (map[string][]byte, error) { return b.AllCtx(context.Background()) }

// FindCtx implements [scs.CtxStore]: it returns bytes for Decode. Of a token that the store does not know it asks [Options].From, if that is
// set, and of one that is found nowhere it does so each time.
func (b *Bridge) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	if _, ok := handle(token); ok { // an ID is no secret
		return nil, false, nil
	}
	s, err := b.load(ctx, key(token))
	if b.opts.From != nil && absent(err) && !none(token) {
		s, err = b.move(ctx, token)
	}
	if errors.Is(err, driver.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("scsbridge: find: %w", err)
	}
	return b.name(s), true, nil
}

// name returns bytes that stand for a state.
func (b *Bridge) name(s *state) []byte {
	bytes := name()
	b.found.Put(&bytes[0], s)
	return bytes
}

// attrDeadline is the attribute of the bridge's sessions, in which the deadline is more exact than the record's.
const attrDeadline = "scs"

// load returns a session of the bridge.
func (b *Bridge) load(ctx context.Context, k driver.Key) (*state, error) {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	r, err := b.store.Load(ctx, b.opts.Now(), k)
	if err != nil {
		return nil, err
	}
	text, ok := r.Attrs[attrDeadline]
	if !ok {
		return nil, driver.ErrNotFound
	}
	deadline, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, driver.Corrupt("the deadline of a session")
	}
	return &state{id: r.ID, deadline: deadline, data: r.Data}, nil
}

func (b *Bridge) update(ctx context.Context, k driver.Key, u *driver.Update) error {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	_, err := b.store.Update(ctx, b.opts.Now(), k, u)
	return err
}

func (b *Bridge) delete(ctx context.Context, k driver.Key) error {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	return b.store.Delete(ctx, b.opts.Now(), k)
}

// pageSize is how many sessions are asked for at once.
const pageSize = 500

// AllCtx implements [scs.IterableCtxStore] for stores that can list: the error of others matches [errors.ErrUnsupported]. All sessions
// are in memory at once, since scs asks for them so. Nobody knows their tokens: in the place of those are names that CommitCtx and
// DeleteCtx take, and FindCtx never does. Of the sessions that [Options].From had, it returns those that have moved.
func (b *Bridge) AllCtx(ctx context.Context) (map[string][]byte, error) {
	finder, ok := b.store.(driver.Finder)
	if !ok {
		return nil, fmt.Errorf("scsbridge: list: %w", errors.ErrUnsupported)
	}
	all := make(map[string][]byte)
	for after := (driver.ID{}); ; {
		records, err := b.list(ctx, finder, after)
		if err != nil {
			return nil, fmt.Errorf("scsbridge: list: %w", err)
		}
		for _, r := range records {
			if after = r.ID; r.Attrs[attrDeadline] == "" {
				continue
			}
			s, err := b.load(ctx, driver.UserKey(r.ID, ""))
			if errors.Is(err, driver.ErrNotFound) { // it has ended meanwhile
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("scsbridge: list: %w", err)
			}
			all[handlePrefix+r.ID.String()] = b.name(s)
		}
		if len(records) < pageSize {
			return all, nil
		}
	}
}

func (b *Bridge) list(ctx context.Context, finder driver.Finder, after driver.ID) ([]driver.Record, error) {
	ctx, cancel := context.WithTimeout(ctx, b.opts.Timeout)
	defer cancel()
	return finder.List(ctx, b.opts.Now(), "", after, pageSize)
}
