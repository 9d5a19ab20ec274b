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

// isDocument is the term of a filter that lets data through only if they are a document: a type of elements counts as an array's.
var isDocument = bson.E{Key: fieldData, Value: bson.D{
	{Key: "$type", Value: "object"},
	{Key: "$not", Value: bson.D{{Key: "$type", Value: "array"}}},
}}

// newCommand returns the command for u, whose filter lets it change only what it changes as [driver.Eval] would. ok is
// false if there is no such command.
func newCommand(now time.Time, k driver.Key, u *driver.Update, id opID) (c command, ok bool) {
	if !expressible(u) {
		return command{}, false
	}
	c.filter = append(guard(now, k), id.fresh()...)
	c.filter = append(c.filter, isDocument)
	signsIn := u.SignsIn(driver.Meta{})
	if signsIn { // else the record would have to know whose it was
		c.filter = append(c.filter, bson.E{Key: fieldUser, Value: bson.D{{Key: "$exists", Value: false}}})
	}
	var tests []expr
	for _, c := range u.If {
		tests = append(tests, condition(c))
	}
	limits := u.Limits.WithDefaults()
	piped := piped(u)
	if piped {
		var change stages
		for _, op := range u.Ops {
			change.addOp(op, now)
			tests = append(tests, pipelineGuards(op)...)
		}
		change.addExpiry(now, u, &c)
		change.addMeta(now, k, u, id, signsIn)
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
		tests = append(tests, change.addExpiry(now, u, &c)...)
		change.addMeta(now, k, u, id, signsIn)
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

// addMeta adds what else an update does to a record beside its document.
func (o *operators) addMeta(now time.Time, k driver.Key, u *driver.Update, id opID, signsIn bool) {
	set, unset := assigned(now, k, u, id, signsIn)
	for _, e := range set {
		o.add("$set", e.Key, e.Value)
	}
	for _, field := range unset {
		o.add("$unset", field, "")
	}
	o.add("$push", fieldOps, bson.D{
		{Key: "$each", Value: bson.A{id.bson()}},
		{Key: "$sort", Value: 1},
		{Key: "$slice", Value: -ringSize},
	})
}

// assigned returns the fields that an update of a record sets, and those it removes, whatever they hold.
func assigned(now time.Time, k driver.Key, u *driver.Update, id opID, signsIn bool) (set bson.D, unset []string) {
	set = bson.D{{Key: fieldOp, Value: id.bson()}}
	if u.Lifetime != 0 {
		set = append(set, bson.E{Key: fieldLifetime, Value: u.Lifetime.Milliseconds()})
	}
	if !u.Deadline.IsZero() {
		set = append(set, bson.E{Key: fieldDeadline, Value: date(u.Deadline)})
	}
	if u.Renew != nil {
		set = append(set, bson.E{Key: fieldVerifier, Value: bin(u.Renew[:])}, bson.E{Key: fieldRenewed, Value: renewal(now, k, signsIn)})
	}
	for _, text := range []struct {
		field string
		value *string
	}{{fieldUser, u.User}, {fieldLabel, u.Label}} {
		switch {
		case text.value == nil:
		case *text.value == "":
			unset = append(unset, text.field)
		default:
			set = append(set, bson.E{Key: text.field, Value: *text.value})
		}
	}
	return set, unset
}

// projection asks for the metadata and for the fields that the operations of u lead into.
func projection(u *driver.Update) bson.D {
	names := u.WrittenNames()
	p := append(make(bson.D, 0, 1+len(metaFields)+len(names)), bson.E{Key: fieldLayout, Value: 1})
	for _, f := range metaFields {
		p = append(p, bson.E{Key: f.name, Value: 1})
	}
	for _, name := range names {
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
	change.replaceExpiry(u, s.Meta, u.Meta(s.Meta, now))
	change.addMeta(now, k, u, id, u.SignsIn(s.Meta))
	filter := append(guard(now, k), id.fresh()...)
	filter = append(filter, bson.E{Key: fieldOp, Value: s.op.bson()})
	return command{filter, change.pipeline(), projection(u)}
}
