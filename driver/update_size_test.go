package driver_test

import (
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestUpdateSize gives each operation a value, or many of one byte, or a path, of 1000 bytes, and expects that they are counted once.
func TestUpdateSize(t *testing.T) {
	long, many, path := driver.StringValue(strings.Repeat("x", 998)), make([]driver.Value, 500), driver.Path(strings.Repeat("p", 1000))
	for i := range many {
		many[i] = driver.IntValue(1)
	}
	conditions := []driver.Condition{{Path: "a", Is: driver.Eq, Value: long}}
	for _, u := range []driver.Update{
		{If: conditions},
		{If: []driver.Condition{{Path: path, Is: driver.Exists, Value: driver.BoolValue(true)}}},
		{Ops: ops(driver.Set{Path: "a", Value: long})},
		{Ops: ops(driver.SetIfAbsent{Path: "a", Value: long})},
		{Ops: ops(driver.Min{Path: "a", Value: long})},
		{Ops: ops(driver.Max{Path: "a", Value: long})},
		{Ops: ops(driver.Push{Path: "a", Each: many})},
		{Ops: ops(driver.Push{Path: "a", Sort: []driver.Sort{{By: path}}})},
		{Ops: ops(driver.AddToSet{Path: "a", Each: many})},
		{Ops: ops(driver.PullAll{Path: "a", Values: many})},
		{Ops: ops(driver.Pull{Path: "a", Where: conditions})},
		{Ops: ops(driver.Rename{Path: "a", To: path})},
		{Ops: ops(driver.Elements{Path: "a", Where: conditions, Do: ops(driver.Unset{Path: "b"})})},
		{Ops: ops(driver.Elements{Path: "a", Do: ops(driver.Push{Path: "b", Each: many})})},
		{Ops: ops(driver.Sequence{Path: "a", Do: ops(driver.Set{Path: "a", Value: long})})},
		{If: []driver.Condition{{Is: driver.Or, Each: conditions}}},
		{Ops: ops(driver.Unset{Path: path}, driver.Take{Path: "a"})},
		{Ops: ops(driver.Inc{Path: path, By: driver.IntValue(1)})},
	} {
		if n := u.Size(); n < 1000 || n > 1010 {
			t.Errorf("%d operations, %d conditions: %d bytes, want about 1000", len(u.Ops), len(u.If), n)
		}
	}
}
