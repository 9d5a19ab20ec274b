package mongostore

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// command is what an update becomes: one findAndModify.
type command struct {
	filter bson.D
	tests  []expr // what else must hold of the document
	change bson.D // operators, each with the fields it works on
	// piped: the command has a pipeline of two stages: the $set that change is, and an $unset.
	piped   bool
	removed []string // by the $unset
	larger  []expr   // by how many bytes the document becomes larger, beside what growth knows
}

// isDocument is the term of a filter that lets data through only if they are a document: a type of elements counts as an array's.
var isDocument = bson.E{Key: fieldData, Value: bson.D{
	{Key: "$type", Value: "object"},
	{Key: "$not", Value: call("$type", "array")},
}}

// newCommand returns the command for u, whose filter lets it change only what it changes as [driver.Eval] would. If u is a sign-in it is
// for a record of nobody, or for one that is bound to a user. ok is false if there is no such command.
func newCommand(now time.Time, k driver.Key, u *driver.Update, id retry.OpID, bound bool) (c command, ok bool) {
	if !expressible(u) || k.ByUser && u.Renew != nil { // the record knows the secret that is replaced
		return c, false
	}
	u = plain(u)
	outcomes, ok := pipeline(u, now)
	c.piped = ok
	c.filter = append(guard(now, k), fresh(id)...)
	c.filter = append(c.filter, isDocument)
	signsIn := u.SignsIn(driver.Meta{})
	if signsIn { // else the record would have to know whose it was
		c.filter = append(c.filter, bson.E{Key: fieldUser, Value: call("$exists", bound)})
	}
	if !u.AuthenticatedSince.IsZero() {
		c.filter = append(c.filter, bson.E{Key: fieldAuthenticated, Value: call("$gte", date(u.AuthenticatedSince))})
		c.test(typeIn("$"+fieldAuthenticated, "date")) // and not an array with one
	}
	for _, condition := range u.If {
		c.test(strict.holds("$"+fieldData, condition))
	}
	limits := u.Limits.WithDefaults()
	for _, i := range u.Order() {
		if c.piped {
			c.addOutcome(u.Ops[i], outcomes[i])
			continue
		}
		if !c.addOp(u.Ops[i], now) {
			return c, false
		}
		c.exact(u.Ops[i], limits)
	}
	c.addExpiry(now, u)
	c.addMeta(now, k.Verifier, u, id, signsIn && !bound)
	if c.piped && len(u.Attrs) > 0 { // which would make an object of anything; operators do not
		c.test(typeIn("$"+fieldAttrs, "object", "missing"))
	}
	if n := growth(u, limits); n > 0 || len(c.larger) > 0 {
		size := call("$add", append(bson.A{call("$bsonSize", "$"+fieldData), n}, c.larger...))
		enough := call("$lte", bson.A{size, limits.Size})
		c.tests = []expr{cond(all(c.tests...), enough, false)} // what an operation makes of a value is worked out only for what it is for
	}
	if len(c.tests) > 0 {
		c.filter = append(c.filter, bson.E{Key: "$expr", Value: all(c.tests...)})
	}
	return c, !nested(c.filter, maxLevels) && !nested(c.change, maxLevels)
}

// test has the command change nothing where e is false.
func (c *command) test(e expr) { c.tests = append(c.tests, e) }

// none tests that e fails for every element of the array, which e calls $$e.
func (c *command) none(array, e expr) { c.test(not(some(array, e))) }

// add adds an operator for a field.
func (c *command) add(operator, field string, arg any) { put(&c.change, operator, field, arg) }

// set sets a field to v, which is no expression.
func (c *command) set(field string, v any) {
	if c.piped {
		v = call("$literal", v)
	}
	c.add("$set", field, v)
}

func (c *command) unset(field string) {
	if c.piped {
		c.removed = append(c.removed, field)
	} else {
		c.add("$unset", field, "")
	}
}

// document returns the change as the server takes it. No stage reads what the other one has written.
func (c *command) document() any {
	switch {
	case !c.piped:
		return c.change
	case len(c.removed) == 0:
		return bson.A{c.change}
	}
	return bson.A{c.change, call("$unset", c.removed)}
}

// put adds a field to the document under a key of d.
func put(d *bson.D, key, field string, v any) {
	i := slices.IndexFunc(*d, func(e bson.E) bool { return e.Key == key })
	if i < 0 {
		i = len(*d)
		*d = append(*d, bson.E{Key: key, Value: bson.D{}})
	}
	e := &(*d)[i]
	e.Value = append(e.Value.(bson.D), bson.E{Key: field, Value: v})
}
