package drivertest

import (
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

var limitCases = []testCase{
	{"size", "one visitor must not fill the store: what would grow too large is refused, and nothing of it stays", limitSize},
	{"size over time", "many small updates must meet the same limit as one large one", limitGrowth},
	{"size lowered", "a session over a limit that was lowered must still be trimmed, touched and renewed", limitLowered},
	{"size of elements", "what one short update does to every element of a list is refused if it is too much, at once, and only if it is", limitElements},
	{"default", "the default limit is 1 MiB, and what is well below it fits", limitDefault},
	{"padding", "one short path must not make a long array", limitPadding},
	{"depth", "a renamed value must not end up nested deeper than any other could", limitDepth},
}

// text is a string value of n bytes.
func text(n int) driver.Value {
	return driver.StringValue(strings.Repeat("tens bytes", n/10+1)[:n])
}

const testLimit = 8000

// limited is an update under a limit of testLimit bytes. The cases keep to documents made of strings that are less than
// half as large as the limit or more than twice as large: there every store agrees, whatever encoding it measures.
func limited(ops ...driver.Op) *driver.Update {
	return &driver.Update{Ops: ops, Limits: driver.Limits{Size: testLimit}}
}

// tooLarge expects u to be refused for its size alone, and to change nothing.
func (s *session) tooLarge(u *driver.Update) {
	s.Helper()
	v := newVerifier()
	u.MaxAge, u.Renew, u.User = 2*lifetime, &v, new("ann")
	_, err := s.store().Update(s.ctx, s.after(lifetime/2), s.key, u)
	s.fails("an update well past the size limit", err, driver.ErrTooLarge)
	s.check(s.now)
	s.listed("ann")
}

func limitSize(e *env) {
	s := e.create(doc(`{"a":"x","l":[1]}`))
	big := text(3 * testLimit)
	s.tooLarge(limited(driver.Set{Path: "a", Value: big}))
	s.tooLarge(limited(driver.Set{Path: "new.deep", Value: big}))
	s.tooLarge(limited(inc("n", `1`), driver.Push{Path: "l", Each: []driver.Value{big}}))
	s.tooLarge(limited(driver.AddToSet{Path: "l", Each: []driver.Value{text(2 * testLimit), text(2*testLimit + 1)}}))
	u := limited(driver.Set{Path: "a", Value: big})
	u.If = []driver.Condition{cond("a", driver.Eq, `"x"`)}
	s.tooLarge(u)
	s.update(e.now, limited(driver.Set{Path: "a", Value: text(testLimit / 3)}))
	for range 10 { // moves, grows nothing
		s.update(e.now, limited(rename("a", "b")))
		s.update(e.now, limited(rename("b", "a")))
	}
	s.update(e.now, limited(driver.Push{Path: "l", Each: []driver.Value{big}, Slice: new(1)})) // what does not stay does not count
}

func limitGrowth(e *env) {
	s := e.create(driver.Doc{})
	piece := testLimit / 20
	for i := range 8 {
		s.update(e.now, limited(driver.Push{Path: "l", Each: []driver.Value{text(piece / 2)}},
			driver.Set{Path: driver.Path(fmt.Sprint("f", i)), Value: text(piece / 2)}))
	}
	s.tooLarge(limited(driver.Set{Path: "g", Value: text(2 * testLimit)}))
	s.tooLarge(limited(driver.Push{Path: "l", Each: []driver.Value{text(2 * testLimit)}}))
	refused := false
	for i := 8; i < 48 && !refused; i++ { // in small steps the limit is met somewhere between half and double
		u := limited(driver.Set{Path: driver.Path(fmt.Sprint("f", i)), Value: text(piece)})
		_, err := s.store().Update(e.ctx, e.now, s.key, u)
		if refused = sameError(err, driver.ErrTooLarge); !refused {
			e.ok(err)
			s.model(s.key, e.now, u)
		}
		s.check(e.now)
	}
	if !refused {
		e.Errorf("a limit of %d bytes was not met by a document of %d", testLimit, s.want.Data.Size())
	}
}

func limitLowered(e *env) {
	s := e.create(driver.Doc{}.With("a", text(3*testLimit)).With("b", text(3*testLimit)).With("c", driver.StringValue("x")))
	v := newVerifier()
	s.update(e.now, limited())
	s.update(e.now, &driver.Update{Renew: &v, User: new("bob"), MaxAge: 2 * lifetime, Limits: driver.Limits{Size: testLimit}})
	s.tooLarge(limited(driver.Push{Path: "d", Each: []driver.Value{text(testLimit / 4)}}))
	s.update(e.now, limited(unset("b")))
	s.update(e.now, limited(driver.Set{Path: "a", Value: text(testLimit * 5 / 2)}))
	s.update(e.now, limited(take("a")))
	s.update(e.now, limited(driver.Set{Path: "d", Value: text(testLimit / 4)}))
}

// limitElements keeps to what every store agrees on: a document of less than half the default limit, or one of several times as much.
func limitElements(e *env) {
	list := make([]driver.Value, 10_000)
	for i := range list {
		list[i] = driver.ObjectValue(driver.Doc{}.With("b", driver.StringValue("x")))
	}
	s := e.create(driver.Doc{}.With("l", driver.ArrayValue(list...)))
	whole := func(ops ...driver.Op) *driver.Update { return &driver.Update{Ops: ops} }
	each := func(ops ...driver.Op) driver.Op { return elements("l", nil, ops...) }
	big := text(1000)
	long := driver.Path(strings.Repeat(strings.Repeat("n", 1000)+".", 40) + "n")
	s.tooLarge(whole(each(driver.Set{Path: "b", Value: big})))
	s.tooLarge(whole(each(driver.Set{Path: "b", Value: text(200_000)})))
	s.tooLarge(whole(each(driver.Push{Path: "p", Each: []driver.Value{big}})))
	s.tooLarge(whole(each(inc(long, `1`))))
	s.tooLarge(whole(sequence("l", each(currentDate(long)), popFirst("l"))))
	s.update(e.now, whole(each(driver.SetIfAbsent{Path: "b", Value: big})))
	s.update(e.now, whole(each(driver.Min{Path: "b", Value: driver.StringValue("x" + big.Str())})))
	s.update(e.now, whole(each(driver.Push{Path: "p", Each: []driver.Value{big}, Slice: new(0)})))
	s.update(e.now, whole(elements("l", conds(cond("b", driver.Ne, `"x"`)), driver.Set{Path: "b", Value: big})))
	s.update(e.now, whole(sequence("l", elements("l.0.p", nil, set("", `1`)), set("l", `[{"p":[{}]}]`),
		elements("l.0.p", nil, driver.Set{Path: "b", Value: text(300_000)}), elements("l.0.p", nil, driver.Set{Path: "b", Value: text(300_001)}),
		elements("l.0.p", nil, driver.Set{Path: "b", Value: text(300_002)}), elements("l.0.p", nil, driver.Set{Path: "b", Value: text(300_003)}))))
}

func limitDefault(e *env) {
	s := e.create(driver.Doc{}.With("a", text(400_000)))
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("n", `1`)}})
	s.tooLarge(&driver.Update{Ops: []driver.Op{driver.Set{Path: "b", Value: text(2 << 20)}}})
	s.update(e.now, &driver.Update{Ops: []driver.Op{driver.Set{Path: "b", Value: text(1 << 21)}}, Limits: driver.Limits{Size: 8 << 20}})
}

func limitPadding(e *env) {
	s := e.create(doc(`{"a":[1],"b":{"c":[]}}`))
	for _, ops := range [][]driver.Op{
		{set("a.4098", `1`)},
		{set("b.c.4097", `1`)},
		{inc("n", `1`), inc("a.999999999", `1`)},
		{push("a.5000.x", `1`)},
		{currentDate("b.c.100000")},
		{set("a.4097", `1`)},
	} {
		s.update(e.now, &driver.Update{Ops: ops, MaxAge: 2 * lifetime})
	}
	s.update(e.now, &driver.Update{Ops: []driver.Op{set("b.c.3", `1`)}, Limits: driver.Limits{Padding: 2}})
	s.update(e.now, &driver.Update{Ops: []driver.Op{set("b.c.2", `1`)}, Limits: driver.Limits{Padding: 2}})
}

func limitDepth(e *env) {
	deep := driver.IntValue(1)
	for range 40 {
		deep = driver.ArrayValue(deep)
	}
	s := e.create(driver.Doc{}.With("a", deep).With("n", driver.IntValue(1)))
	to := func(segments int) driver.Path { return "b" + driver.Path(strings.Repeat(".b", segments-1)) }
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("n", `1`), rename("a", to(26))}, MaxAge: 2 * lifetime})
	s.update(e.now, &driver.Update{Ops: []driver.Op{inc("n", `1`), rename("a", to(25))}, MaxAge: 2 * lifetime})
}
