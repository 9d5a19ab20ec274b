package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

// population is a store with numbered sessions.
type population struct {
	*peer.Store
	n     int // sessions that are there
	now   time.Time
	value atomic.Int64
}

// Sessions live so long, and those that are to be swept not that long.
const (
	life      = 14 * 24 * time.Hour
	shortLife = time.Hour
)

const (
	growthClients = 16
	fillClients   = 128
	cloneBatch    = 1000
	growthRounds  = 3
)

// key returns the key of the i-th session. The IDs are spread as random ones are. All have one secret, which no cost depends on.
func key(i int) driver.Key {
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], uint64(i))
	sum := sha256.Sum256(number[:])
	return driver.Key{ID: driver.ID(sum[:16]), Verifier: driver.Verifier{1}}
}

// create creates the i-th session, of about 200 bytes.
func (p *population) create(ctx context.Context, i int, life time.Duration) error {
	k := key(i)
	fields := []driver.Field{{Name: "seen", Value: driver.StringValue("0000000000000")}}
	for f := range 4 {
		fields = append(fields, driver.Field{
			Name: "field" + strconv.Itoa(f), Value: driver.StringValue(fmt.Sprintf("%03d%037x", f, k.ID)),
		})
	}
	data, err := driver.NewDoc(fields...)
	if err != nil {
		return err
	}
	return p.Create(ctx, k.Verifier, driver.Record{
		Meta: driver.Meta{ID: k.ID, Created: p.now, LastUsed: p.now, Expires: p.now.Add(life), Lifetime: life},
		Data: data,
	})
}

// fill adds sessions until there are n, or until the time is up.
func (p *population) fill(ctx context.Context, n int, life, limit time.Duration) error {
	if p.Clone != nil && n-p.n > 2*cloneBatch {
		return p.fillByClones(ctx, n, life, limit)
	}
	start := time.Now()
	var next atomic.Int64
	next.Store(int64(p.n))
	errs := make([]error, fillClients)
	race.Together(fillClients, func(c int) {
		for errs[c] == nil && time.Since(start) < limit {
			i := int(next.Add(1)) - 1
			if i >= n {
				next.Add(-1)
				return
			}
			errs[c] = p.create(ctx, i, life)
		}
	})
	p.n = int(next.Load())
	return errors.Join(errs...)
}

// fillByClones creates one session and copies it.
func (p *population) fillByClones(ctx context.Context, n int, life, limit time.Duration) error {
	start := time.Now()
	first := p.n
	if err := p.create(ctx, first, life); err != nil {
		return err
	}
	p.n++
	for p.n < n && time.Since(start) < limit {
		ids := make([]driver.ID, min(cloneBatch, n-p.n))
		for i := range ids {
			ids[i] = key(p.n + i).ID
		}
		if err := p.Clone(ctx, key(first).ID, ids); err != nil {
			return err
		}
		p.n += len(ids)
	}
	return nil
}

// update and load return what a client does again and again, with sessions it picks at random among the first n.
func (p *population) update(ctx context.Context, n int) func() error {
	return func() error {
		now := p.now.Add(time.Duration(p.value.Add(1)) * time.Millisecond) // another expiry each time, too
		set := driver.Set{Path: "seen", Value: driver.StringValue(strconv.FormatInt(1e12+p.value.Load(), 10))}
		_, err := p.Update(ctx, now, key(rand.IntN(n)), &driver.Update{Ops: []driver.Op{set}, MaxAge: life}) //nolint:gosec // a load, not a secret
		return err
	}
}

func (p *population) load(ctx context.Context, n int) func() error {
	return func() error {
		_, err := p.Load(ctx, p.now, key(rand.IntN(n))) //nolint:gosec // a load, not a secret
		return err
	}
}

// sampled times what growthClients clients do, in several rounds.
func sampled(request func() error, d time.Duration) (result.Spread, error) {
	requests := make([]func() error, growthClients)
	for i := range requests {
		requests[i] = request
	}
	if _, err := timed(requests, d/4); err != nil {
		return result.Spread{}, err
	}
	var times []float64
	for range growthRounds {
		t, err := timed(requests, d)
		if err != nil {
			return result.Spread{}, err
		}
		times = append(times, t)
	}
	return spread(times), nil
}

// populate opens the store of ours, empty.
func populate(ctx context.Context, b *backend.Backend, place string) (*population, error) {
	s, err := peer.Stores[b.Store](ctx, b.URL, place)
	if err != nil {
		return nil, err
	}
	return &population{Store: s, now: time.Now().UTC().Truncate(time.Millisecond)}, nil
}

// grow measures the store at growing sizes. It ends early if filling takes too long, with the size that was reached.
func grow(ctx context.Context, b *backend.Backend, p plan, found func(result.Growth)) error {
	s, err := populate(ctx, b, "growth")
	if err != nil {
		return err
	}
	defer s.Close()
	empty, err := b.Bytes(ctx)
	if err != nil {
		return err
	}
	for _, n := range p.growth {
		if err := s.fill(ctx, n, life, p.fill); err != nil {
			return err
		}
		bytes, err := b.Bytes(ctx)
		if err != nil {
			return err
		}
		g := result.Growth{
			Who: result.Who{Peer: peer.Ours, Store: b.Store}, Sessions: s.n,
			BytesPerSession: float64(bytes-empty) / float64(s.n),
		}
		if g.Load, err = sampled(s.load(ctx, s.n), p.growthTurn); err != nil {
			return err
		}
		if g.Update, err = sampled(s.update(ctx, s.n), p.growthTurn); err != nil {
			return err
		}
		found(g)
		if s.n < n {
			break
		}
	}
	return nil
}
