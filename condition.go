package atomicsession

import (
	"fmt"
	"io"

	"github.com/atomicsession/atomicsession/driver"
)

// Condition is something that must hold for an update ([If]), or for an element that [Pull] removes. Comparisons hold
// only between values of one kind, all numbers counting as one. None holds for a field that is missing, not even Lt for a
// [Counter]: set it to 0 before it is compared.
type Condition struct {
	c   driver.Condition
	err error
}

// Format implements [fmt.Formatter]: a condition does not print the value in it.
func (Condition) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session condition") }

func condition(path string, is driver.Comparison, v any) Condition {
	notJSON := ""
	if is.Orders() {
		notJSON = noOrder
	}
	value, err := encode(v, notJSON)
	if err != nil {
		err = &driver.OpError{Op: "if", Path: driver.Path(path), Err: err}
	}
	return Condition{driver.Condition{Path: driver.Path(path), Is: is, Value: value}, err}
}

// Exists holds if there is a value at path, null included.
func Exists(path string) Condition { return condition(path, driver.Exists, true) }

// Absent holds if there is no value at path.
func Absent(path string) Condition { return condition(path, driver.Exists, false) }

// Eq holds if the value at path equals v: numbers by value, objects whatever the order of their fields.
func Eq(path string, v any) Condition { return condition(path, driver.Eq, v) }

// Gt holds if the value at path is greater than v.
func Gt(path string, v any) Condition { return condition(path, driver.Gt, v) }

// Gte holds if the value at path is greater than v, or equals it.
func Gte(path string, v any) Condition { return condition(path, driver.Gte, v) }

// Lt holds if the value at path is less than v.
func Lt(path string, v any) Condition { return condition(path, driver.Lt, v) }

// Lte holds if the value at path is less than v, or equals it.
func Lte(path string, v any) Condition { return condition(path, driver.Lte, v) }
