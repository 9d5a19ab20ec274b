package redisstore

import (
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// maxValues is how many values the lists of one update have that the script works through: the server waits for it.
	maxValues = 4096
	// maxAsked is how many conditions ask for one field: the script reads it for each.
	maxAsked = 8
)

// appendSteps writes the conditions and operations of u as the steps of the update script, one each in their order. It
// reports false if the script cannot do one of them: a path that leads into a field, a push that sorts, a pull by anything but
// a value, whatever looks at each element; and if it would work too long on them.
func appendSteps(args []string, u *driver.Update, now time.Time) (_ []string, ok bool) {
	if mostAsked(u.If) > maxAsked || u.ListLen() > maxValues {
		return nil, false
	}
	for _, c := range u.If {
		if args, ok = appendCondition(args, c); !ok {
			return nil, false
		}
	}
	for _, op := range u.Ops {
		if args, ok = appendStep(args, op, u, now); !ok {
			return nil, false
		}
	}
	return args, true
}

// mostAsked returns how many conditions there are on the field with the most.
func mostAsked(list []driver.Condition) (most int) {
	asked := make(map[driver.Path]int, len(list))
	for _, c := range list {
		for p := range c.Paths() {
			asked[p]++
			most = max(most, asked[p])
		}
	}
	return most
}

// appendCondition writes a condition. One that combines others has no field, but every step does: it names one that is short.
func appendCondition(args []string, c driver.Condition) (_ []string, ok bool) {
	switch c.Is {
	case driver.Exists:
		args = append(args, "exists", string(c.Path), strconv.FormatBool(c.Value.Bool()))
	case driver.Eq:
		args = append(args, "in", string(c.Path), "1", plainText(c.Value))
	case driver.In:
		args = appendList(append(args, "in", string(c.Path)), c.Value.Elems(), plainText)
	case driver.Ne:
		return appendCondition(args, not(driver.Eq, c))
	case driver.Nin:
		return appendCondition(args, not(driver.In, c))
	case driver.And, driver.Or, driver.Nor:
		args = append(args, c.Is.String(), fieldUser, strconv.Itoa(len(c.Each)))
		for _, each := range c.Each {
			if args, ok = appendCondition(args, each); !ok {
				return nil, false
			}
		}
	default:
		args = append(args, c.Is.String(), string(c.Path), textOf(c.Value))
	}
	return args, isTop(c.Path) && c.Is != driver.ElemMatch
}

// not returns the opposite of what c would be as another comparison.
func not(is driver.Comparison, c driver.Condition) driver.Condition {
	c.Is = is
	return driver.Condition{Is: driver.Nor, Each: []driver.Condition{c}}
}

func isTop(p driver.Path) bool { return strings.IndexByte(string(p), '.') < 0 }

func appendStep(args []string, op driver.Op, u *driver.Update, now time.Time) (_ []string, ok bool) {
	if !isTop(op.Target()) {
		return nil, false
	}
	args = append(args, op.Name(), string(op.Target()))
	switch o := op.(type) {
	case driver.Unset, driver.Take:
	case driver.Set:
		args = append(args, textOf(o.Value))
	case driver.CurrentDate:
		args[len(args)-2] = "set"
		args = append(args, textOf(driver.TimeValue(now)))
	case driver.SetIfAbsent:
		args = append(args, textOf(o.Value))
	case driver.Rename:
		return append(args, string(o.To), strconv.Itoa(u.Limits.WithDefaults().Depth)), isTop(o.To)
	case driver.Inc:
		args = append(args, textOf(o.By))
	case driver.Mul:
		args = append(args, textOf(o.By))
	case driver.Min:
		args = append(args, textOf(o.Value))
	case driver.Max:
		args = append(args, textOf(o.Value))
	case driver.Bit:
		args = append(args, o.Do.String(), strconv.FormatInt(o.With, 10))
	case driver.Push:
		return appendList(append(args, optionalInt(o.Position), optionalInt(o.Slice)), o.Each, textOf), len(o.Sort) == 0
	case driver.Pop:
		end := "last"
		if o.First {
			end = "first"
		}
		args = append(args, end)
	case driver.Pull:
		c := o.Where[0]
		if len(o.Where) > 1 || c.Path != "" || c.Is != driver.Eq {
			return nil, false
		}
		args = append(args, "1", plainText(c.Value))
	case driver.PullAll:
		args = appendList(args, o.Values, plainText)
	case driver.AddToSet:
		args = append(args, strconv.Itoa(len(o.Each)))
		for _, v := range o.Each {
			args = append(args, textOf(v), plainText(v))
		}
	case driver.Sequence:
		args = append(args, strconv.Itoa(len(o.Do)))
		for _, op := range o.Do {
			if args, ok = appendStep(args, op, u, now); !ok {
				return nil, false
			}
		}
	default:
		return nil, false
	}
	return args, true
}

func appendList(args []string, values []driver.Value, text func(driver.Value) string) []string {
	args = append(args, strconv.Itoa(len(values)))
	for _, v := range values {
		args = append(args, text(v))
	}
	return args
}

func optionalInt(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
