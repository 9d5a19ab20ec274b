package driver_test

import (
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestOperands: the values of each operation in their order, as many as the loop wants.
func TestOperands(t *testing.T) {
	one, list := driver.IntValue(1), []driver.Value{driver.IntValue(2), driver.IntValue(3)}
	where := []driver.Condition{{Is: driver.Gt, Value: list[0]}, {Is: driver.Lt, Value: list[1]}}
	for _, test := range []struct {
		op   driver.Op
		want []driver.Value
	}{
		{driver.Set{Path: "a", Value: one}, []driver.Value{one}},
		{driver.SetIfAbsent{Path: "a", Value: one}, []driver.Value{one}},
		{driver.Min{Path: "a", Value: one}, []driver.Value{one}},
		{driver.Max{Path: "a", Value: one}, []driver.Value{one}},
		{driver.Push{Path: "a", Each: list}, list},
		{driver.AddToSet{Path: "a", Each: list}, list},
		{driver.PullAll{Path: "a", Values: list}, list},
		{driver.Pull{Path: "a", Where: where}, list},
		{driver.Elements{Path: "a", Where: where[:1], Do: ops(driver.Set{Path: "b", Value: list[1]})}, list},
		{driver.Sequence{Path: "a", Do: ops(driver.Set{Path: "a", Value: list[0]}, driver.Push{Path: "a", Each: list[1:]})}, list},
		{driver.Pull{Path: "a", Where: []driver.Condition{{Is: driver.Or, Each: where}}}, list},
		{driver.Inc{Path: "a", By: one}, nil},
		{driver.Take{Path: "a"}, nil},
	} {
		if got := slices.Collect(driver.Operands(test.op)); !slices.EqualFunc(got, test.want, driver.Identical) {
			t.Errorf("%s has %d operands, want %d", test.op.Name(), len(got), len(test.want))
		}
		for v := range driver.Operands(test.op) {
			if !driver.Identical(v, test.want[0]) {
				t.Errorf("the first operand of %s is another", test.op.Name())
			}
			break
		}
	}
}
