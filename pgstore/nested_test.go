package pgstore

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
)

// TestNested has updates that look and write inside values, at the edges of what the function does: each comes to what Eval says, by one
// statement or, where the function cannot tell, by more.
func TestNested(t *testing.T) {
	var sent counter
	s := migrated(t, dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }), freshSchema(t))
	value := func(text string) driver.Value {
		v, err := driver.ParseValue(text)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	cond := func(p driver.Path, is driver.Comparison, text string) driver.Condition {
		return driver.Condition{Path: p, Is: is, Value: value(text)}
	}
	each := func(p driver.Path, is driver.Comparison, each ...driver.Condition) driver.Condition {
		return driver.Condition{Path: p, Is: is, Each: each}
	}
	given := func(c driver.Condition) driver.Update {
		return driver.Update{If: []driver.Condition{c}, Ops: []driver.Op{driver.CurrentDate{Path: "z"}}}
	}
	does := func(op ...driver.Op) driver.Update { return driver.Update{Ops: op} }
	where := func(c ...driver.Condition) []driver.Condition { return c }
	inc := func(p driver.Path) driver.Op { return driver.Inc{Path: p, By: value("1")} }
	set := func(p driver.Path, text string) driver.Op { return driver.Set{Path: p, Value: value(text)} }
	elements := func(where []driver.Condition, do ...driver.Op) driver.Op {
		return driver.Elements{Path: "l", Where: where, Do: do}
	}
	pull := func(c ...driver.Condition) driver.Op { return driver.Pull{Path: "l", Where: c} }
	sequence := func(p driver.Path, do ...driver.Op) driver.Op { return driver.Sequence{Path: p, Do: do} }
	unset, take, pop := driver.Unset{Path: "a.b"}, driver.Take{Path: "a.b"}, driver.Pop{Path: "a.b"}
	small := does(elements(nil, inc("")))
	small.Limits.Size = 1000
	const list = `{"l":[{"k":1,"n":1},{"k":"1","n":{"m":1.0}},{"n":null},{"k":1.0,"n":5}]}`
	for name, c := range map[string]struct {
		doc     string
		update  driver.Update
		oneCall bool
	}{
		"ne":                               {`{"a":1}`, given(cond("a", driver.Ne, `2`)), true},
		"ne, equal":                        {`{"a":1}`, given(cond("a", driver.Ne, `1.0`)), true},
		"ne, missing":                      {`{}`, given(cond("a.b", driver.Ne, `1`)), true},
		"ne, through a scalar":             {`{"a":1}`, given(cond("a.b", driver.Ne, `1`)), true},
		"ne, through an array":             {`{"a":[1]}`, given(cond("a.0", driver.Ne, `1`)), false},
		"ne of NUL":                        {`{"a":1}`, given(cond("a", driver.Ne, `"\u0000"`)), false},
		"in, NUL":                          {`{"a":"\u0000"}`, given(cond("a", driver.In, `[1]`)), false},
		"in":                               {`{"a":{"b":2}}`, given(cond("a", driver.In, `[null,{"b":2.0}]`)), true},
		"in, missing":                      {`{}`, given(cond("a", driver.In, `[null]`)), true},
		"nin, missing":                     {`{}`, given(cond("a", driver.Nin, `[null]`)), true},
		"in nothing":                       {`{"a":1}`, given(cond("a", driver.In, `[]`)), true},
		"nin nothing":                      {`{"a":1}`, given(cond("a", driver.Nin, `[]`)), true},
		"or, of what cannot be told":       {`{"a":[1],"b":1}`, given(each("", driver.Or, cond("a.0", driver.Eq, `1`), cond("b", driver.Eq, `1`))), true},
		"and, of what cannot be told":      {`{"a":[1],"b":1}`, given(each("", driver.And, cond("a.0", driver.Eq, `1`), cond("b", driver.Eq, `1`))), false},
		"nor":                              {`{"a":1,"b":1}`, given(each("", driver.Nor, cond("a", driver.Eq, `2`), each("", driver.Nor, cond("b", driver.Eq, `1`)))), true},
		"elemMatch":                        {list, given(each("l", driver.ElemMatch, cond("k", driver.Eq, `1`), cond("n", driver.Gt, `4`))), true},
		"elemMatch, none":                  {list, given(each("l", driver.ElemMatch, cond("k", driver.Eq, `1`), cond("n", driver.Gt, `5`))), true},
		"elemMatch, no array":              {`{"l":1}`, given(each("l", driver.ElemMatch, cond("", driver.Eq, `1`))), true},
		"elemMatch, missing":               {`{}`, given(each("l", driver.ElemMatch, cond("", driver.Eq, `1`))), true},
		"elemMatch inside":                 {`{"l":[[1]]}`, given(each("l", driver.ElemMatch, each("", driver.ElemMatch, cond("", driver.Eq, `1`)))), false},
		"elements":                         {list, does(elements(where(cond("k", driver.Eq, `1`)), inc("n"), set("k.x", `1`))), false}, // an error
		"elements, several":                {list, does(elements(where(cond("k", driver.Eq, `1`)), inc("n"), driver.Unset{Path: "k"})), true},
		"elements, dotted":                 {list, does(elements(where(cond("n.m", driver.Eq, `1`)), inc("n.m"), inc("x.y"))), true},
		"elements that go":                 {list, does(elements(where(cond("n", driver.Lte, `5`)), driver.Unset{})), true},
		"elements, missing":                {`{}`, does(elements(nil, inc("n"))), false},
		"elements, no array":               {`{"l":1}`, does(elements(nil, inc("n"))), true},
		"elements, a small limit":          {`{"l":[1]}`, small, false},
		"elements inside":                  {`{"l":[[1]]}`, does(elements(nil, driver.Elements{Do: []driver.Op{inc("")}})), false},
		"elements of elements' fields":     {`{"l":[{"m":[1]}]}`, does(elements(nil, inc("m.0"))), false},
		"elements, pull by value":          {`{"l":[[1,2],[3]]}`, does(elements(nil, driver.Pull{Where: where(cond("", driver.Eq, `1`))})), true},
		"elements, pull by order":          {`{"l":[[1,2],[3]]}`, does(elements(nil, driver.Pull{Where: where(cond("", driver.Gt, `1`))})), false},
		"elements, sequence":               {`{"l":[{"n":1}]}`, does(elements(nil, sequence("n", inc("n"), driver.Mul{Path: "n", By: value(`2`)}))), true},
		"elements, sequence of removals":   {`{"l":[{"a":1}]}`, does(elements(nil, sequence("a.b", unset))), true}, // which only reads, as it is an error
		"elements, equal in all ways":      {`{"l":[1,1.0,10,"1",-1,1e300,9007199254740992.0]}`, does(elements(where(cond("", driver.Eq, `1.0`)), set("", `"met"`))), true},
		"elements, equal to a large one":   {`{"l":[9007199254740992.0,9007199254740993]}`, does(elements(where(cond("", driver.Eq, `9007199254740992`)), set("", `"met"`))), true},
		"elements, equal to nothing":       {`{"l":[0,0.0,null,{"a":null},{}]}`, does(elements(where(cond("a", driver.Eq, `null`)), set("a", `0`))), true},
		"elements, equal to zero":          {`{"l":[0,0.0,null,1]}`, does(elements(where(cond("", driver.Eq, `0.0`)), set("", `"met"`))), true},
		"elements, equal texts":            {`{"l":["a\"\n\u0001é","a"]}`, does(elements(where(cond("", driver.Eq, `"a\"\n\u0001é"`)), set("", `"met"`))), true},
		"pull by a field":                  {list, does(pull(cond("k", driver.Gte, `1`), cond("n", driver.Ne, `1`))), true},
		"pull by null":                     {list, does(pull(cond("k", driver.Eq, `null`))), true},
		"pull, scalars":                    {`{"l":[1,{"a":2},{"a":1}]}`, does(pull(cond("a", driver.Ne, `1`))), true},
		"pull, a field with an array":      {`{"l":[{"a":[1]},{"a":1}]}`, does(pull(cond("a", driver.Eq, `1`))), false},
		"pull, an array that need not be":  {`{"l":[{"a":[1],"b":1},{"a":1,"b":2}]}`, does(pull(cond("a", driver.Eq, `1`), cond("b", driver.Eq, `2`))), true},
		"pull by order":                    {`{"l":[1,2,"x",null,true]}`, does(pull(each("", driver.Or, cond("", driver.Gt, `1`), cond("", driver.Eq, `null`)))), true},
		"pull in":                          {`{"l":[1,2,[2],[[2]],3.0]}`, does(pull(cond("", driver.In, `[2,3]`))), true},
		"pull nin":                         {`{"l":[1,2,3.0]}`, does(pull(cond("", driver.Nin, `[2,3]`))), true},
		"pull exists":                      {list, does(pull(cond("k", driver.Exists, `false`))), true},
		"pull elemMatch":                   {`{"l":[[1]]}`, does(pull(each("", driver.ElemMatch, cond("", driver.Eq, `1`)))), false},
		"swap":                             {`{"a":{"b":[1]}}`, does(sequence("a.b", take, set("a.b", `2`))), true},
		"swap, missing":                    {`{}`, does(sequence("a.b", take, set("a.b", `2`))), true},
		"swap, through a scalar":           {`{"a":1}`, does(sequence("a.b", take, set("a.b", `2`))), true},
		"removals":                         {`{"a":{"b":[1]}}`, does(sequence("a.b", pop, take)), false},
		"removals, missing":                {`{}`, does(sequence("a.b", pop, take)), false},
		"removals, through a scalar":       {`{"a":1}`, does(sequence("a.b", take)), true}, // the same
		"removals of a whole field":        {`{"a":{"b":[1]}}`, does(sequence("a", pop, take, driver.Unset{Path: "a.c"})), true},
		"sequence that sorts":              {`{"l":[2,1]}`, does(sequence("l", driver.Push{Path: "l", Sort: []driver.Sort{{}}})), false},
		"sequences and what they take":     {`{"a":1,"c":2,"l":[{"n":1}]}`, does(sequence("a", take, driver.Take{Path: "a"}), driver.Take{Path: "c"}, sequence("l", elements(nil, inc("n")), pull(cond("n", driver.Eq, `2`)), driver.Take{Path: "l"})), true},
		"eight in one field":               {`{"a":1}`, does(sequence("a", inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"))), true},
		"nine in one field":                {`{"a":1}`, does(sequence("a", inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"), inc("a"))), false},
		"eight conditions on elements":     {list, given(each("l", driver.ElemMatch, cond("k", driver.Eq, `1`), cond("n", driver.Gt, `0`), cond("n", driver.Gt, `1`), cond("n", driver.Gt, `2`), cond("n", driver.Gt, `3`), cond("n", driver.Lt, `9`), cond("n", driver.Lt, `8`))), true},
		"nine of them":                     {list, given(each("l", driver.ElemMatch, cond("k", driver.Eq, `1`), cond("n", driver.Gt, `0`), cond("n", driver.Gt, `1`), cond("n", driver.Gt, `2`), cond("n", driver.Gt, `3`), cond("n", driver.Lt, `9`), cond("n", driver.Lt, `8`), cond("n", driver.Lt, `7`))), false},
		"nine conditions, on a field each": {`{}`, given(each("", driver.Nor, cond("a", driver.Eq, `1`), cond("b", driver.Eq, `1`), cond("c", driver.Eq, `1`), cond("d", driver.Eq, `1`), cond("e", driver.Eq, `1`), cond("f", driver.Eq, `1`), cond("g", driver.Eq, `1`), cond("h", driver.Eq, `1`), cond("i", driver.Eq, `1`))), true},
	} {
		t.Run(name, func(t *testing.T) {
			u := &c.update
			if err := u.Validate(); err != nil {
				t.Fatal(err)
			}
			k, now := create(t, s, "ann", c.doc)
			doc, err := driver.ParseDoc(c.doc)
			if err != nil {
				t.Fatal(err)
			}
			want, taken, wantErr := driver.Eval(t.Context(), doc, u, now)
			before := sent.statements.Load()
			res, err := s.Update(t.Context(), now, k, u)
			if n := sent.statements.Load() - before; (n == 1) != c.oneCall {
				t.Errorf("%d statements; one call is %t", n, c.oneCall)
			}
			got, loadErr := s.Load(t.Context(), now, k)
			if loadErr != nil {
				t.Fatal(loadErr)
			}
			if wantErr != nil {
				if !same(err, wantErr) {
					t.Errorf("error %v, want %v", err, wantErr)
				}
				want = doc
			} else if err != nil || driver.ArrayValue(res.Taken...).Text() != driver.ArrayValue(taken...).Text() {
				t.Errorf("took %v (error: %v), want %v", driver.ArrayValue(res.Taken...).Text(), err, driver.ArrayValue(taken...).Text())
			}
			if got.Data.Text() != want.Text() {
				t.Errorf("the session is\n%s, want\n%s", got.Data.Text(), want.Text())
			}
		})
	}
}

// same reports whether both errors are of one of the kinds that operations fail with.
func same(a, b error) bool {
	for _, kind := range []error{driver.ErrCondition, driver.ErrPath, driver.ErrType, driver.ErrOverflow, driver.ErrTooLarge} {
		if errors.Is(a, kind) && errors.Is(b, kind) {
			return true
		}
	}
	return false
}
