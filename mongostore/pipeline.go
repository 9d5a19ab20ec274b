package mongostore

import (
	"math"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// Two things need a pipeline: SetIfAbsent, for which MongoDB has no operator, and Set of an array or object with numbers
// in it, since some servers leave {n: 1} alone where $set would write {n: 1.0}. An update with one of them becomes a
// pipeline if its other operations are as simple in a pipeline as in a document of operators. If not, guards see to it that
// the server's operators will do.

// piped reports whether u becomes a pipeline.
func piped(u *driver.Update) bool {
	needed := false
	for _, op := range u.Ops {
		if _, inside := op.Target().Cut(); countIndexes(inside) > 0 {
			return false
		}
		switch o := op.(type) {
		case driver.SetIfAbsent:
			needed = true
		case driver.Set:
			needed = needed || holdsNumbers(o.Value)
		case driver.Unset, driver.Take, driver.CurrentDate:
		case driver.Inc:
			if o.By.Kind() != driver.Int {
				return false
			}
		default:
			return false
		}
	}
	return needed
}

// holdsNumbers reports whether v is an array or object with a number in it.
func holdsNumbers(v driver.Value) bool {
	holds := func(v driver.Value) bool { return v.IsNumber() || holdsNumbers(v) }
	for _, field := range v.Doc().All() {
		if holds(field) {
			return true
		}
	}
	return slices.ContainsFunc(v.Elems(), holds)
}

// pipelineGuards say that op's path leads through objects alone, as far as it leads: the stages of a pipeline would write
// to every element of an array, and over a scalar.
func pipelineGuards(op driver.Op) []expr {
	var list []expr
	p := op.Target()
	for parent, rest := splitTop(p); rest != ""; {
		list = append(list, typeIn(at(parent), "missing", "object"))
		var segment string
		segment, rest = rest.Cut()
		parent += "." + driver.Path(segment)
	}
	if inc, ok := op.(driver.Inc); ok {
		list = append(list, addable(at(p), inc.By.Int()))
	}
	return list
}

// addable says that field is missing or an int that can be increased by n.
func addable(field expr, n int64) expr {
	inRange := call("$lte", bson.A{"$$x", math.MaxInt64 - max(n, 0)})
	if n < 0 {
		inRange = call("$gte", bson.A{"$$x", math.MinInt64 - n})
	}
	return let("x", field, either(missing("$$x"), all(typeIn("$$x", "long", "int"), inRange)))
}

func splitTop(p driver.Path) (driver.Path, driver.Path) {
	top, rest := p.Cut()
	return driver.Path(top), rest
}

// stages is a pipeline of two stages.
type stages struct {
	set   bson.D
	unset []string
}

func (s *stages) add(field string, v expr) { s.set = append(s.set, bson.E{Key: field, Value: v}) }

func (s *stages) remove(field string) { s.unset = append(s.unset, field) }

func (s *stages) pipeline() bson.A {
	p := bson.A{call("$set", s.set)}
	if len(s.unset) > 0 {
		p = append(p, call("$unset", s.unset))
	}
	return p
}

// addOp adds one of the operations that piped knows.
func (s *stages) addOp(op driver.Op, now time.Time) {
	field := fieldData + "." + string(op.Target())
	old := "$" + field
	switch o := op.(type) {
	case driver.Set:
		s.add(field, literal(o.Value))
	case driver.SetIfAbsent:
		s.add(field, cond(missing(old), literal(o.Value), old))
	case driver.CurrentDate:
		s.add(field, date(now))
	case driver.Inc:
		s.add(field, call("$add", bson.A{call("$ifNull", bson.A{old, int64(0)}), o.By.Int()}))
	case driver.Unset, driver.Take:
		s.remove(field)
	}
}

// addMeta adds what else an update does to a record beside its document.
func (s *stages) addMeta(now time.Time, k driver.Key, u *driver.Update, id opID, signsIn bool) {
	set, unset := assigned(now, k, u, id, signsIn)
	for _, e := range set {
		s.add(e.Key, call("$literal", e.Value))
	}
	s.unset = append(s.unset, unset...)
	s.add(fieldOps, pushed(id))
}

// pushed returns the ring of operation IDs with id in its place.
func pushed(id opID) expr {
	part := func(operator string) expr {
		return call("$filter", bson.D{
			{Key: "input", Value: "$" + fieldOps},
			{Key: "cond", Value: call(operator, bson.A{"$$this", id.bson()})},
		})
	}
	longer := call("$concatArrays", bson.A{part("$lt"), bson.A{id.bson()}, part("$gt")})
	return call("$slice", bson.A{longer, -ringSize})
}
