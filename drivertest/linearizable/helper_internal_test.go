package linearizable

import (
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Histories by hand are about one session, of a record with a counter n.

func byHand(harm bool) *setting {
	p := &plan{Seed: 1, Start: 1_900_000_000_000, Processes: 1, Clients: 5, AtOnce: 4, Harm: harm, NarrowFrom: 100}
	return p.setting(1)
}

// handmade is an operation with its answer.
type handmade func(s *setting) *recorded

func (s *setting) heldBy(user string, n int) driver.Record {
	r := driver.Record{Data: driver.Doc{}.With("n", number(n))}
	r.Meta = driver.Meta{ID: s.id(0), User: user, Created: s.base, LastUsed: s.base, Expires: s.base.Add(time.Hour), Lifetime: time.Hour}
	return r
}

func (s *setting) asks(k kind) *operation {
	return &operation{kind: k, id: s.id(0), now: s.base, except: -1, limit: 3}
}

// made returns an operation of a client from one moment to another.
func made(client int, begin, end int64, f func(s *setting, o *operation, a *answer), k kind) handmade {
	return func(s *setting) *recorded {
		o, a := s.asks(k), &answer{}
		f(s, o, a)
		return &recorded{operation: o, answer: a, client: client, begin: begin, end: end}
	}
}

func fails(err error) func(a *answer) { return func(a *answer) { a.Class = classOf(err) } }

func creates(client int, begin, end int64, err error) handmade {
	return made(client, begin, end, func(s *setting, o *operation, a *answer) {
		o.record = s.heldBy("", 0)
		fails(err)(a)
	}, create)
}

// counts raises n to what is answered, or gets an error.
func counts(client int, begin, end int64, n int, err error) handmade {
	return made(client, begin, end, func(s *setting, o *operation, a *answer) {
		o.label, o.update = "inc n", &driver.Update{Ops: []driver.Op{driver.Inc{Path: "n", By: one}}}
		if fails(err)(a); err == nil {
			a.Record = s.heldBy("", n)
		}
	}, update)
}

// loads finds n, or gets an error.
func loads(client int, begin, end int64, n int, err error) handmade {
	return made(client, begin, end, func(s *setting, _ *operation, a *answer) {
		if fails(err)(a); err == nil {
			a.Record = s.heldBy("", n)
		}
	}, load)
}

func deletes(client int, begin, end int64, err error) handmade {
	return made(client, begin, end, func(_ *setting, _ *operation, a *answer) { fails(err)(a) }, deletion)
}

// renews goes from the first verifier to another.
func renews(client int, begin, end int64, to int, err error) handmade {
	return made(client, begin, end, func(s *setting, o *operation, a *answer) {
		o.renewTo, o.update = to, &driver.Update{Renew: new(s.verifier(0, to))}
		if fails(err)(a); err == nil {
			a.Record = s.heldBy("", 0)
			a.Record.Data = driver.Doc{}
		}
	}, update)
}

// takes takes n, which was so much.
func takes(client int, begin, end int64, v driver.Value) handmade {
	return made(client, begin, end, func(s *setting, o *operation, a *answer) {
		o.label, o.update = "take n", &driver.Update{Ops: []driver.Op{driver.Take{Path: "n"}}}
		a.Record = s.heldBy("", 0)
		a.Record.Data, a.Taken = driver.Doc{}, []driver.Value{v}
	}, update)
}

// sweeps is at a time when the record has expired.
func sweeps(client int, begin, end int64, n int) handmade {
	return made(client, begin, end, func(s *setting, o *operation, a *answer) {
		o.now, a.N = s.base.Add(2*time.Hour), n
	}, sweep)
}

func lists(client int, begin, end int64, n int) handmade {
	return made(client, begin, end, func(s *setting, _ *operation, a *answer) {
		if n >= 0 {
			a.Listed = []driver.Record{s.heldBy("", 0)}
			a.Listed[0].Data = driver.Doc{}
		}
	}, list)
}

func endsAll(begin, end int64, n int, err error) handmade {
	return made(0, begin, end, func(_ *setting, _ *operation, a *answer) {
		a.N = n
		fails(err)(a)
	}, deleteMany)
}

// cutShort is an update by 1 that came to no answer, since its process was killed.
func cutShort(client int, begin int64) handmade {
	return func(s *setting) *recorded {
		r := counts(client, begin, 0, 0, nil)(s)
		r.answer = nil
		return r
	}
}

// handmadeHistory puts the operations into a history. The unknown ones return after all others.
func handmadeHistory(harm bool, operations ...handmade) *history {
	h := &history{setting: byHand(harm)}
	for i, f := range operations {
		r := f(h.setting)
		if r.number = i + 1; r.open() {
			r.end = 1000
		}
		h.operations = append(h.operations, r)
	}
	return h
}
