package redisstore

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
)

// handWritten is what an application would write by hand to set one field of a live session: the least that is safe.
var handWritten = rueidis.NewLuaScript(`
local v = redis.call('HMGET', KEYS[1], 'verifier', 'expires')
if v[1] ~= ARGV[1] or tonumber(v[2]) <= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5], 'expires', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1`)

// sameByHand does by hand, for one field and nothing else, what the update script does: it also keeps the size, the time of the
// last use and the operation ID, and answers with the session's metadata.
var sameByHand = rueidis.NewLuaScript(`
local v = redis.call('HMGET', KEYS[1], 'verifier', 'expires', 'used', 'size', 'ops', 'created', 'deadline', 'user')
if v[1] ~= ARGV[1] or tonumber(v[2]) <= tonumber(ARGV[2]) then return {'absent'} end
if tonumber(ARGV[3]) < tonumber(v[2]) then ARGV[3] = v[2] end
if tonumber(ARGV[2]) < tonumber(v[3]) then ARGV[2] = v[3] end
local size = v[4] + #ARGV[5] - redis.call('HSTRLEN', KEYS[1], ARGV[4])
if size > tonumber(ARGV[7]) then return {'large'} end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5], 'expires', ARGV[3], 'used', ARGV[2], 'ops', (v[5] .. ' ' .. ARGV[6]):sub(-72), 'size', size)
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return {'ok', v[8], v[6], ARGV[2], ARGV[3], v[7]}`)

const benchSessions = 64

// parallelUpdates divides b.N calls of f among clients, each with a session of its own at a time.
func parallelUpdates(b *testing.B, clients int, f func(session, n int) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var done sync.WaitGroup
	for range clients {
		done.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				if err := f(n%benchSessions, n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}

// BenchmarkUpdate sets one small field of sessions of several sizes and extends their lives.
func BenchmarkUpdate(b *testing.B) {
	ctx := context.Background()
	for _, size := range []int{2, 20, 200} {
		s := newStore(b, address, Options{})
		filler := strings.Repeat("x", size<<10/10)
		doc := driver.Doc{}
		for i := range 10 {
			doc = doc.With(fmt.Sprint("field", i), driver.StringValue(filler))
		}
		keys := make([]driver.Key, benchSessions)
		hashes := make([]string, benchSessions)
		now := time.Now()
		for i := range keys {
			keys[i], now = create(b, s, "", doc.Text())
			hashes[i] = freshPrefix()
			args := []string{
				hashes[i], "verifier", verifierText(keys[i].Verifier), "expires", timeText(now.Add(time.Hour)),
				"used", timeText(now), "created", timeText(now), "size", "2000", "ops", newOpID(),
			}
			for name, v := range doc.All() {
				args = append(args, name, v.Text())
			}
			if err := s.client.Do(ctx, s.client.B().Arbitrary("HSET").Args(args...).Build()).Error(); err != nil {
				b.Fatal(err)
			}
		}
		for _, clients := range []int{1, 16} {
			name := fmt.Sprintf("size=%dKB/clients=%d", size, clients)
			b.Run(name+"/store", func(b *testing.B) {
				parallelUpdates(b, clients, func(i, n int) error { // making the update takes 3 allocations
					u := &driver.Update{
						Ops:    []driver.Op{driver.Set{Path: "seen", Value: driver.IntValue(int64(n))}},
						MaxAge: time.Hour,
					}
					_, err := s.Update(ctx, time.Now(), keys[i], u)
					return err
				})
			})
			byHand := func(sc *rueidis.Lua, i, n int) rueidis.RedisResult {
				expires := now.Add(time.Hour + time.Duration(n)*time.Millisecond)
				return sc.Exec(ctx, s.client, []string{hashes[i]}, []string{
					verifierText(keys[i].Verifier), timeText(now),
					timeText(expires), "seen", driver.IntValue(int64(n)).Text(), newOpID(), "1048576",
				})
			}
			b.Run(name+"/by hand", func(b *testing.B) {
				parallelUpdates(b, clients, func(i, n int) error {
					ok, err := byHand(handWritten, i, n).AsBool()
					if err == nil && !ok {
						err = driver.ErrNotFound
					}
					return err
				})
			})
			b.Run(name+"/the same by hand", func(b *testing.B) {
				parallelUpdates(b, clients, func(i, n int) error {
					list, err := byHand(sameByHand, i, n).AsStrSlice()
					if err == nil && answer(list).status() != "ok" {
						err = driver.ErrNotFound
					}
					return err
				})
			})
		}
	}
}

// smoke reports whether one round is all that was asked for: a run that only shows that the benchmarks work.
func smoke() bool { return flag.Lookup("test.benchtime").Value.String() == "1x" }

// BenchmarkDeleteMany ends all sessions of a user in steps of 500, on a server that is near and on one that a round trip
// takes 10 ms more to.
func BenchmarkDeleteMany(b *testing.B) {
	sessions, step := 10_000, 500
	if smoke() {
		sessions = 1000
	}
	for _, delay := range []time.Duration{0, 10 * time.Millisecond} {
		b.Run(fmt.Sprintf("sessions=%d/delay=%v", sessions, delay), func(b *testing.B) {
			o := Options{Prefix: freshPrefix()}
			near := newStore(b, address, o)
			far := near
			if delay > 0 {
				far = newStore(b, delayed(b, address, delay), o)
			}
			for b.Loop() {
				b.StopTimer()
				now := time.Now()
				var done sync.WaitGroup
				for range 10 {
					done.Go(func() {
						for range sessions / 10 {
							create(b, near, "ann", `{"n":1}`)
						}
					})
				}
				done.Wait()
				b.StartTimer()
				total := 0
				for after := (driver.ID{}); ; {
					n, next, err := far.DeleteMany(b.Context(), now, driver.Selection{User: "ann"}, after, step)
					if err != nil {
						b.Fatal(err)
					}
					if total += n; next.IsZero() {
						break
					}
					after = next
				}
				if total != sessions {
					b.Fatalf("%d of %d sessions have been ended", total, sessions)
				}
			}
		})
	}
}
