package driver_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// A store that evaluates in its own process reads the record, checks the guard, calls Eval and writes the result, all in one
// transaction. What it returns are the fields that the operations led into, and what Take removed.
func ExampleEval() {
	stored := `{"cart":{"items":["tea"]},"notice":"Welcome!","visits":41}`
	update := &driver.Update{
		If: []driver.Condition{{Path: "visits", Is: driver.Lt, Value: driver.IntValue(100)}},
		Ops: []driver.Op{
			driver.Inc{Path: "visits", By: driver.IntValue(1)},
			driver.Push{Path: "cart.items", Each: []driver.Value{driver.StringValue("cups")}},
			driver.Take{Path: "notice"},
		},
	}

	before, err := driver.ParseDoc(stored)
	if err != nil {
		fmt.Println(err) // in a store: driver.ErrCorrupt
		return
	}
	after, taken, err := driver.Eval(context.Background(), before, update, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := update.Limits.CheckGrowth(before.Size(), after.Size()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("store: ", after.Text())
	fmt.Println("fields:", update.Written(after).Text())
	fmt.Println("taken: ", taken[0].Text())
	// Output:
	// store:  {"cart":{"items":["tea","cups"]},"visits":42}
	// fields: {"cart":{"items":["tea","cups"]},"visits":42}
	// taken:  "Welcome!"
}

// One operation that fails fails them all. The error names it, and matches one of the package's sentinels.
func ExampleEval_error() {
	doc, _ := driver.ParseDoc(`{"n":1,"name":"Ann"}`)
	_, _, err := driver.Eval(context.Background(), doc, &driver.Update{Ops: []driver.Op{
		driver.Inc{Path: "n", By: driver.IntValue(1)},
		driver.Inc{Path: "name", By: driver.IntValue(1)},
	}}, time.Now())
	fmt.Println(err)
	fmt.Println(errors.Is(err, driver.ErrType))
	fmt.Println(doc.Text())
	// Output:
	// inc "name": wrong type: the field is not a number but string
	// true
	// {"n":1,"name":"Ann"}
}

// The text form is JSON that tells every kind apart, so a store that can keep text can keep sessions.
func ExampleParseValue() {
	v, err := driver.ParseValue(`[7, 7.0, {"$date": "2026-01-02T03:04:05.678Z"}, {"$binary": "aGVsbG8="}, {"b": 1, "a": null}]`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range v.Elems() {
		fmt.Println(e.Kind(), e.Text())
	}
	fmt.Println(driver.Equal(v.Elems()[0], v.Elems()[1]), driver.Identical(v.Elems()[0], v.Elems()[1]))

	_, err = driver.ParseValue(`{"a": 1, "a": 2}`)
	fmt.Println(err)
	// Output:
	// int 7
	// float 7.0
	// time {"$date":"2026-01-02T03:04:05.678Z"}
	// bytes {"$binary":"aGVsbG8="}
	// object {"a":null,"b":1}
	// true false
	// invalid value: name given twice before the '}' at byte 16
}
