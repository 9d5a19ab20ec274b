package mongostore

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession/driver"
)

// command is what an update becomes: one findAndModify.
type command struct {
	filter     bson.D
	change     any // the document of operators, or the pipeline
	projection bson.D
}

// operators is an update document: operators with the fields they work on.
type operators bson.D

func (o *operators) add(operator, field string, arg any) {
	i := slices.IndexFunc(*o, func(e bson.E) bool { return e.Key == operator })
	if i < 0 {
		i = len(*o)
		*o = append(*o, bson.E{Key: operator, Value: bson.D{}})
	}
	e := &(*o)[i]
	e.Value = append(e.Value.(bson.D), bson.E{Key: field, Value: arg})
}

// newCommand returns the command for u, whose filter lets it change only what it changes as [driver.Eval] would. ok is
// false if there is no such command.
func newCommand(now time.Time, k driver.Key, u *driver.Update, id opID) (c command, ok bool) {
	if !expressible(u) {
		return command{}, false
	}
	c.filter = append(guard(now, k), id.fresh()...)
	var tests []expr
	for _, c := range u.If {
		tests = append(tests, condition(c))
	}
	limits := u.Limits.WithDefaults()
	if piped(u) {
		var change stages
		for _, op := range u.Ops {
			change.addOp(op, now)
			tests = append(tests, pipelineGuards(op)...)
		}
		change.addMeta(now, k, u, id)
		c.change = change.pipeline()
	} else {
		var change operators
		for _, i := range u.Order() {
			if !change.addOp(u.Ops[i], now) {
				return command{}, false
			}
			c.filter = append(c.filter, terms(u.Ops[i])...)
			tests = append(tests, guards(u.Ops[i], limits)...)
		}
		change.addMeta(now, k, u, id)
		c.change = bson.D(change)
	}
	if n := growth(u, limits); n > 0 {
		size := call("$add", bson.A{call("$bsonSize", "$"+fieldData), n})
		tests = append(tests, call("$lte", bson.A{size, limits.Size}))
	}
	if len(tests) > 0 {
		c.filter = append(c.filter, bson.E{Key: "$expr", Value: all(tests...)})
	}
	c.projection = projection(u)
	return c, true
}

// addMeta adds what an update does to a record beside its document.
func (o *operators) addMeta(now time.Time, k driver.Key, u *driver.Update, id opID) {
	o.add("$max", fieldUsed, date(now))
	if !u.Expires.IsZero() {
		o.add("$max", fieldExpires, date(u.Expires))
	}
	o.add("$set", fieldOp, id.bson())
	o.add("$push", fieldOps, bson.D{
		{Key: "$each", Value: bson.A{id.bson()}},
		{Key: "$sort", Value: 1},
		{Key: "$slice", Value: -ringSize},
	})
	if u.Renew != nil {
		o.add("$set", fieldVerifier, bin(u.Renew[:]))
		o.add("$set", fieldRenewed, renewal(now, k))
	}
	switch {
	case u.User == nil:
	case *u.User == "":
		o.add("$unset", fieldUser, "")
	default:
		o.add("$set", fieldUser, *u.User)
	}
}

// projection asks for the metadata and for the fields that the operations of u lead into.
func projection(u *driver.Update) bson.D {
	p := bson.D{}
	for _, name := range []string{fieldLayout, fieldUser, fieldCreated, fieldUsed, fieldExpires, fieldDeadline} {
		p = append(p, bson.E{Key: name, Value: 1})
	}
	for _, name := range u.WrittenNames() {
		p = append(p, bson.E{Key: fieldData + "." + name, Value: 1})
	}
	return p
}

// replacement returns the command that puts data, which Eval has made of the record s, in the place of s.
func replacement(now time.Time, k driver.Key, u *driver.Update, s stored, data driver.Doc, id opID) command {
	var change stages
	for _, name := range u.WrittenNames() {
		if v := data.Get(name); v.Exists() {
			change.add(fieldData+"."+name, literal(v))
		} else {
			change.remove(fieldData + "." + name)
		}
	}
	change.addMeta(now, k, u, id)
	filter := append(guard(now, k), id.fresh()...)
	filter = append(filter, bson.E{Key: fieldOp, Value: s.op.bson()})
	return command{filter, change.pipeline(), projection(&driver.Update{})}
}
