package mongostore

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// Two things need a pipeline: SetIfAbsent, for which MongoDB has no operator, and Set of an array or object with numbers
// in it, since some servers leave {n: 1} alone where $set would write {n: 1.0}. An update with one of them becomes a
// pipeline if its other operations are as simple in a pipeline as in a document of operators. If not, tests see to it that
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

// exactPiped tests that op's path leads through objects alone, as far as it leads: the stages of a pipeline would write
// to every element of an array, and over a scalar.
func (c *command) exactPiped(op driver.Op) {
	for parent := range parents(op.Target()) {
		c.test(typeIn(at(parent), "missing", "object"))
	}
	if inc, ok := op.(driver.Inc); ok {
		c.test(addable(at(inc.Path), inc.By.Int()))
	}
}

// addable says that field is missing or an int that can be increased by n.
func addable(field expr, n int64) expr {
	return let("x", field, either(missing("$$x"), all(
		typeIn("$$x", "long", "int"),
		call("$gte", bson.A{"$$x", math.MinInt64 - min(n, 0)}),
		call("$lte", bson.A{"$$x", math.MaxInt64 - max(n, 0)}))))
}
