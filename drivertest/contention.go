package drivertest

import (
	"fmt"
	"sync/atomic"

	"github.com/atomicsession/atomicsession/driver"
)

// workers is how many goroutines work at one record, half of them through each client.
const workers = 32

// rounds is how often each of them does.
const rounds = 10

var contentionCases = []testCase{
	{"inc", "no acknowledged update may be lost, however many requests count at once", contendInc},
	{"own fields", "parallel requests that write different fields must all find their writes again", contendFields},
	{"push", "each pushed element must be there exactly once, and one request's elements in its order", contendPush},
	{"addToSet", "parallel additions of one value make one element", contendSet},
	{"take", "what is taken once must have one taker: it may be a coupon or a one-time code", contendTake},
	{"compare and set", "of those who saw the same state exactly one may go on from it", contendCompare},
	{"batches", "nobody may see, or build on, half of an update", contendBatches},
	{"elements", "every unit that is put into a cart must be in it", contendElements},
	{"entries", "what is put in or raised, whichever comes first, must count", contendEntries},
	{"limit", "a limit from nothing lets as many through as it says, and no more", contendLimit},
	{"swap", "what is swapped out has one owner", contendSwap},
	{"create", "of those who create one ID exactly one does, and its record stays whole", contendCreate},
}

// contend calls f(i, round) for every worker and round, all workers at once.
func contend(f func(i, round int)) {
	parallel(workers, func(i int) {
		for round := range rounds {
			f(i, round)
		}
	})
}

// apply is Update through the i-th client for use in contention. It reports whether err is nil or one of expected.
func (s *session) apply(i int, u *driver.Update, expected ...error) (driver.Result, error) {
	s.Helper()
	res, err := s.client(i).Update(s.ctx, s.now, s.key, u)
	for _, want := range append(expected, nil) {
		if sameError(err, want) {
			return res, err
		}
	}
	s.Errorf("Update %s under contention: %v", describe(u), err)
	return res, err
}

// stored loads the document through both clients and expects them to agree.
func (s *session) stored() driver.Doc {
	s.Helper()
	a, err := s.client(0).Load(s.ctx, s.now, s.key)
	s.ok(err)
	b, err := s.client(1).Load(s.ctx, s.now, s.key)
	s.ok(err)
	if diff := diffDocs(b.Data, a.Data); diff != "" {
		s.Errorf("the second client sees other data than the first:%s", diff)
	}
	return a.Data
}

// holds expects a field to have the value.
func (s *session) holds(d driver.Doc, p driver.Path, want driver.Value) {
	s.Helper()
	if got := d.Lookup(p); !driver.Identical(got, want) {
		s.Errorf("%s is %v, want %v", p, got.Text(), want.Text())
	}
}

func contendInc(e *env) {
	s := e.create(doc(`{"other":"x"}`))
	var seen [workers*rounds + 1]atomic.Int32
	contend(func(i, _ int) {
		res, err := s.apply(i, &driver.Update{Ops: []driver.Op{inc("n", `1`)}})
		if n := res.Fields.Get("n").Int(); err == nil && n > 0 && n <= workers*rounds {
			seen[n].Add(1)
		}
	})
	d := s.stored()
	s.holds(d, "n", driver.IntValue(workers*rounds))
	s.holds(d, "other", driver.StringValue("x"))
	for n := 1; n <= workers*rounds; n++ {
		if times := seen[n].Load(); times != 1 {
			s.Errorf("%d updates returned %d: each must return what it made itself", times, n)
		}
	}
}

func contendFields(e *env) {
	s := e.create(driver.Doc{})
	contend(func(i, round int) {
		s.apply(i, &driver.Update{Ops: []driver.Op{
			driver.Set{Path: driver.Path(fmt.Sprintf("own.w%d.r%d", i, round)), Value: driver.IntValue(int64(i*rounds + round))},
			driver.Set{Path: driver.Path(fmt.Sprintf("top%d", i)), Value: driver.IntValue(int64(round))},
		}})
	})
	d := s.stored()
	for i := range workers {
		s.holds(d, driver.Path(fmt.Sprintf("top%d", i)), driver.IntValue(rounds-1))
		for round := range rounds {
			s.holds(d, driver.Path(fmt.Sprintf("own.w%d.r%d", i, round)), driver.IntValue(int64(i*rounds+round)))
		}
	}
}

func contendPush(e *env) {
	s := e.create(driver.Doc{})
	contend(func(i, round int) {
		first := driver.IntValue(int64(2 * (i*rounds + round)))
		second := driver.IntValue(first.Int() + 1)
		s.apply(i, &driver.Update{Ops: []driver.Op{driver.Push{Path: "list", Each: []driver.Value{first, second}}}})
	})
	list := s.stored().Get("list").Elems()
	if len(list) != 2*workers*rounds {
		s.Errorf("%d elements, want %d", len(list), 2*workers*rounds)
	}
	place := map[int64]int{}
	for at, v := range list {
		if _, twice := place[v.Int()]; twice {
			s.Errorf("element %v is there twice", v.Text())
		}
		place[v.Int()] = at
	}
	for i := range workers {
		last := -1
		for n := 2 * i * rounds; n < 2*(i+1)*rounds; n++ {
			at, ok := place[int64(n)]
			switch {
			case !ok:
				s.Errorf("element %d was acknowledged and is not there", n)
			case n%2 == 1 && at != last+1:
				s.Errorf("elements %d and %d were pushed together and are apart", n-1, n)
			case at < last:
				s.Errorf("element %d comes before one that the same client pushed earlier", n)
			}
			last = at
		}
	}
}

func contendSet(e *env) {
	s := e.create(driver.Doc{})
	contend(func(i, round int) {
		v := driver.IntValue(int64(round))
		if i%4 == 0 {
			v = driver.FloatValue(float64(round)) // the same value
		}
		s.apply(i, &driver.Update{Ops: []driver.Op{driver.AddToSet{Path: "set", Each: []driver.Value{v}}}})
	})
	set := s.stored().Get("set").Elems()
	if len(set) != rounds {
		s.Errorf("the set is %v, want %d elements", textOf(set), rounds)
	}
}

func contendTake(e *env) {
	s := e.create(driver.Doc{})
	for round := range rounds {
		want := driver.IntValue(int64(round + 1))
		s.apply(round, &driver.Update{Ops: []driver.Op{driver.Set{Path: "code", Value: want}, inc("set", `1`)}})
		var winners atomic.Int32
		parallel(workers, func(i int) {
			res, err := s.apply(i, &driver.Update{Ops: []driver.Op{take("code")}})
			switch {
			case err != nil:
			case len(res.Taken) != 1:
				s.Errorf("%d values taken by one operation", len(res.Taken))
			case driver.Identical(res.Taken[0], want):
				winners.Add(1)
			case res.Taken[0].Exists():
				s.Errorf("took %v, want %v or nothing", res.Taken[0].Text(), want.Text())
			}
		})
		if n := winners.Load(); n != 1 {
			s.Errorf("%d of %d took the value, want exactly one", n, workers)
		}
	}
	s.holds(s.stored(), "set", driver.IntValue(rounds))
}

func contendCompare(e *env) {
	s := e.create(doc(`{"step":0}`))
	for round := range rounds {
		var winners atomic.Int32
		parallel(workers, func(i int) {
			u := &driver.Update{
				If:  []driver.Condition{{Path: "step", Is: driver.Eq, Value: driver.IntValue(int64(round))}},
				Ops: []driver.Op{driver.Set{Path: "step", Value: driver.IntValue(int64(round + 1))}, inc("wins", `1`)},
			}
			if _, err := s.apply(i, u, driver.ErrCondition); err == nil {
				winners.Add(1)
			}
		})
		if n := winners.Load(); n != 1 {
			s.Errorf("%d of %d went on from step %d, want exactly one", n, workers, round)
		}
	}
	s.holds(s.stored(), "wins", driver.IntValue(rounds))
}

// contendBatches moves money between two accounts: the sum never changes, for no reader and no writer.
func contendBatches(e *env) {
	s := e.create(doc(`{"a":100,"b":{"c":100}}`))
	contend(func(i, round int) {
		amount := int64((i*round)%7 - 3)
		switch i % 8 {
		case 7:
			rec, err := s.client(i).Load(s.ctx, s.now, s.key)
			if sum := rec.Data.Get("a").Int() + rec.Data.Lookup("b.c").Int(); err != nil || sum != 200 {
				s.Errorf("loaded a sum of %d, want 200 (error: %v)", sum, err)
			}
		case 6: // fails after its first operation
			s.apply(i, &driver.Update{Ops: []driver.Op{inc("a", `1`), inc("b", `1`)}}, driver.ErrType)
		default:
			res, err := s.apply(i, &driver.Update{Ops: []driver.Op{
				driver.Inc{Path: "a", By: driver.IntValue(amount)}, driver.Inc{Path: "b.c", By: driver.IntValue(-amount)},
			}})
			if sum := res.Fields.Get("a").Int() + res.Fields.Lookup("b.c").Int(); err == nil && sum != 200 {
				s.Errorf("an update returned a sum of %d, want 200", sum)
			}
		}
	})
	d := s.stored()
	if sum := d.Get("a").Int() + d.Lookup("b.c").Int(); sum != 200 {
		s.Errorf("the sum is %d, want 200", sum)
	}
}

func contendCreate(e *env) {
	for round := range rounds / 2 {
		var keys [workers]driver.Key
		var records [workers]driver.Record
		id := newKey().ID
		for i := range workers {
			keys[i], records[i] = e.record(driver.Doc{}.With("by", driver.IntValue(int64(i))))
			keys[i].ID, records[i].ID = id, id
			records[i].User = fmt.Sprintf("user %d of round %d", i, round)
		}
		var winner atomic.Int32
		var winners atomic.Int32
		parallel(workers, func(i int) {
			err := e.client(i).Create(e.ctx, keys[i].Verifier, records[i])
			switch {
			case err == nil:
				winners.Add(1)
				winner.Store(int32(i))
			case !sameError(err, driver.ErrExists):
				e.Errorf("Create under contention: %v", err)
			}
		})
		if n := winners.Load(); n != 1 {
			e.Fatalf("%d of %d created the record, want exactly one", n, workers)
		}
		for i := range workers {
			s := &session{env: e, key: keys[i], want: records[i], gone: i != int(winner.Load())}
			s.check(e.now)
			if s.gone {
				e.listed(records[i].User)
			} else {
				e.listed(records[i].User, s)
			}
		}
	}
}
