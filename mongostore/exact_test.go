package mongostore_test

import (
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// The longest path of indexes costs no more than another one.
func TestManyIndexes(t *testing.T) {
	s := newStore(t, collection(t))
	const depth = 63
	k := create(t, s, `{"a":`+strings.Repeat("[", depth)+"5"+strings.Repeat("]", depth)+`}`)
	p := driver.Path("a" + strings.Repeat(".0", depth))
	u := &driver.Update{
		If:  []driver.Condition{{Path: p, Is: driver.Eq, Value: value(`5`)}},
		Ops: []driver.Op{driver.Mul{Path: p, By: value(`2`)}},
	}
	got, err := s.Update(t.Context(), now, k, u)
	if v := got.Fields.Lookup(p); v.Int() != 10 || err != nil {
		t.Errorf("%v, %v", v.Text(), err)
	}
}

// What is not a matter of one command is exact all the same.
func TestSecondRoad(t *testing.T) {
	s := newStore(t, collection(t))
	for _, tt := range []struct {
		name   string
		before string
		change []driver.Op // what makes the order of fields another than a shell would write
		u      *driver.Update
		after  string
	}{
		{
			"addToSet of what is there with its fields in another order", `{"l":[{"z":1}]}`,
			[]driver.Op{driver.Set{Path: "l.0.a", Value: value(`2`)}},
			update(driver.AddToSet{Path: "l", Each: []driver.Value{value(`{"a":2,"z":1}`)}}), `{"l":[{"a":2,"z":1}]}`,
		},
		{
			"max of an object", `{"o":{"z":1}}`,
			[]driver.Op{driver.Set{Path: "o.a", Value: value(`2`)}},
			update(driver.Max{Path: "o", Value: value(`{"b":1}`)}), `{"o":{"b":1}}`,
		},
		{
			"order of objects as a condition", `{"o":{"z":1}}`, nil,
			&driver.Update{If: []driver.Condition{{Path: "o", Is: driver.Gt, Value: value(`{"a":1}`)}}}, `{"o":{"z":1}}`,
		},
		{
			"equal objects as a condition", `{"o":{"z":1}}`,
			[]driver.Op{driver.Set{Path: "o.a", Value: value(`2`)}},
			&driver.Update{If: []driver.Condition{{Path: "o", Is: driver.Eq, Value: value(`{"a":2,"z":1}`)}}}, `{"o":{"a":2,"z":1}}`,
		},
		{
			"the same comparison twice", `{"l":[1,5,[1,9]]}`, nil,
			update(driver.Pull{Path: "l", Where: []driver.Condition{
				{Is: driver.Gt, Value: value(`2`)}, {Is: driver.Gt, Value: value(`3`)},
			}}), `{"l":[1]}`,
		},
		{
			"close to the limit", `{"s":"` + strings.Repeat("x", 900) + `"}`, nil,
			&driver.Update{
				Ops:    []driver.Op{driver.Set{Path: "s", Value: value(`"` + strings.Repeat("y", 900) + `"`)}},
				Limits: driver.Limits{Size: 1000},
			}, `{"s":"` + strings.Repeat("y", 900) + `"}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := create(t, s, tt.before)
			for _, u := range []*driver.Update{update(tt.change...), tt.u} {
				if _, err := s.Update(t.Context(), now, k, u); err != nil {
					t.Error(err)
				}
			}
			if got := load(t, s, k); got != tt.after {
				t.Errorf("%.200s, want %.200s", got, tt.after)
			}
		})
	}
}
