package driver_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestWorkIsLinear counts the statements that Eval and Validate execute. With document and update twice as large they must be about
// twice as many; a product of the two would be four times as many. The counts are those of the coverage tool, in a process for each.
func TestWorkIsLinear(t *testing.T) {
	if name := os.Getenv("LINEAR_SHAPE"); name != "" {
		doOnce(t, name)
		return
	}
	if testing.Short() {
		t.Skip("builds itself anew")
	}
	bin := filepath.Join(t.TempDir(), "driver.test")
	if out, err := exec.Command("go", "test", "-c", "-covermode=count", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			once, twice := statements(t, bin, s.name, 1), statements(t, bin, s.name, 2)
			if ratio := float64(twice) / float64(once); ratio > 2.6 {
				t.Errorf("%d statements, and with all twice as large %d: %.1f times as many", once, twice, ratio)
			}
		})
	}
}

// doOnce is what is counted.
func doOnce(t *testing.T, name string) {
	size, err := strconv.Atoi(os.Getenv("LINEAR_SIZE"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shapes() {
		if s.name != name {
			continue
		}
		for _, w := range s.make(size) {
			if err := w.Validate(); err != nil {
				t.Fatal(err)
			}
			if _, _, err := driver.Eval(t.Context(), w.doc, w.Update, now); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func statements(t *testing.T, bin, shape string, size int) (n int) {
	profile := filepath.Join(t.TempDir(), "profile")
	cmd := exec.Command(bin, "-test.run=^TestWorkIsLinear$", "-test.coverprofile="+profile)
	cmd.Env = append(os.Environ(), "LINEAR_SHAPE="+shape, fmt.Sprint("LINEAR_SIZE=", size))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var block string
		var statements, times int
		if _, err := fmt.Sscan(lines.Text(), &block, &statements, &times); err == nil {
			n += statements * times
		}
	}
	if n < 1000 {
		t.Fatalf("only %d statements", n)
	}
	return n
}

// work is an update of a document.
type work struct {
	doc driver.Doc
	*driver.Update
}

// shape makes documents and updates for them, both as large as it is told.
type shape struct {
	name string
	make func(size int) []work
}

const (
	perElement = 2000 // elements, for each unit of size
	perClause  = 400  // conditions and operations
)

// sorts make different values of one kind each, all alike for as long as possible.
var sorts = map[string]func(i int) driver.Value{
	"int":    func(i int) driver.Value { return driver.IntValue(int64(i)) },
	"float":  func(i int) driver.Value { return driver.FloatValue(float64(i) / 2) },
	"string": func(i int) driver.Value { return driver.StringValue(fmt.Sprintf("the same %08d", i)) },
	"bytes":  func(i int) driver.Value { return driver.BytesValue(fmt.Appendf(nil, "the same %08d", i)) },
	"json":   func(i int) driver.Value { return driver.JSONValue(fmt.Sprint("1.00000", i)) },
	"time":   func(i int) driver.Value { return driver.TimeValue(now.AddDate(0, 0, i)) },
	"null":   func(int) driver.Value { return driver.NullValue },
	"array": func(i int) driver.Value {
		return driver.ArrayValue(driver.IntValue(1), driver.IntValue(2), driver.IntValue(int64(i)))
	},
	"object": func(i int) driver.Value {
		return driver.ObjectValue(driver.Doc{}.With("a", driver.NullValue).With("b", driver.IntValue(int64(i))))
	},
	"nested": func(i int) driver.Value {
		return driver.ArrayValue(driver.ArrayValue(driver.ArrayValue(driver.IntValue(int64(i)))))
	},
}

func shapes() (list []shape) {
	add := func(name string, f func(size int) []work) { list = append(list, shape{name, f}) }
	for kind, v := range sorts {
		add("lists of "+kind, func(size int) []work { return lists(size*perElement, v) })
		for name, elem := range pulled(v) {
			add("pull "+kind+" "+name, func(size int) (list []work) {
				for is := driver.Exists; is <= driver.Lte; is++ {
					for _, path := range []string{"", "f", "f%d"} {
						if is != driver.Exists || path != "" {
							pull := driver.Pull{Path: "a", Where: clauses(size, path, is, v)}
							list = append(list, one(array(size*perElement, elem), pull))
						}
					}
				}
				return list
			})
		}
		add("if "+kind, func(size int) []work {
			return []work{{array(size*perElement, v), &driver.Update{If: clauses(size, "a.%d", driver.Eq, v)}}}
		})
	}
	for kind, v := range sorts {
		add("inside elements of "+kind, func(size int) []work { return insideElements(size, v) })
	}
	add("push sorted by a long path", func(size int) []work {
		by := []driver.Sort{{By: driver.Path(strings.Repeat("x.", 31*size) + "x")}}
		return []work{one(array(size*perElement, sorts["object"]), driver.Push{Path: "a", Sort: by})}
	})
	add("changes inside each", func(size int) (list []work) {
		for _, op := range insideEach {
			u := &driver.Update{}
			for i := range size * perClause {
				u.Ops = append(u.Ops, op(driver.Path(fmt.Sprint("a.", i))))
			}
			list = append(list, work{array(size*perElement, sorts["object"]), u})
		}
		return list
	})
	add("rename many", func(size int) []work {
		fields, u := make([]driver.Field, size*perElement), &driver.Update{}
		for i := range fields {
			fields[i] = driver.Field{Name: fmt.Sprint("f", i), Value: driver.IntValue(1)}
			if i < size*perClause {
				u.Ops = append(u.Ops, driver.Rename{Path: driver.Path(fmt.Sprint("f", i)), To: driver.Path(fmt.Sprint("o.g", i))})
			}
		}
		return []work{{driver.Doc{}.WithAll(fields...), u}}
	})
	return list
}

// lists take n of the values that v makes; half of them are in the array.
func lists(n int, v func(int) driver.Value) (list []work) {
	many := array(2*n, v).Get("a").Elems()[n/2 : n/2+n]
	for _, op := range []driver.Op{
		driver.AddToSet{Path: "a", Each: many},
		driver.PullAll{Path: "a", Values: many},
		driver.Push{Path: "a", Each: many, Position: new(1), Slice: new(-n)},
		driver.Push{Path: "a", Each: many, Sort: []driver.Sort{{Desc: true}}},
		driver.Push{Path: "a", Each: many, Sort: []driver.Sort{{By: "b"}}},
		driver.Min{Path: "a", Value: driver.ArrayValue(many...)},
	} {
		list = append(list, one(array(n, v), op))
	}
	return list
}

// insideEach are operations inside an element of an array.
var insideEach = []func(element driver.Path) driver.Op{
	func(p driver.Path) driver.Op { return driver.Inc{Path: p + ".b", By: driver.IntValue(1)} },
	func(p driver.Path) driver.Op { return driver.Set{Path: p + ".c.d", Value: driver.NullValue} },
	func(p driver.Path) driver.Op { return driver.SetIfAbsent{Path: p, Value: driver.NullValue} },
	func(p driver.Path) driver.Op { return driver.Unset{Path: p} },
	func(p driver.Path) driver.Op { return driver.Take{Path: p + ".a"} },
	func(p driver.Path) driver.Op { return driver.Max{Path: p, Value: driver.IntValue(1)} },
	func(p driver.Path) driver.Op { return driver.Push{Path: p + ".l", Slice: new(1)} },
	func(p driver.Path) driver.Op { return driver.Pop{Path: p + ".l"} },
	func(p driver.Path) driver.Op {
		return driver.PullAll{Path: p + ".l", Values: []driver.Value{driver.NullValue}}
	},
}

// pulled are elements with the values that v makes in the places where a pull looks for them.
func pulled(v func(int) driver.Value) map[string]func(int) driver.Value {
	return map[string]func(int) driver.Value{
		"itself":   v,
		"in array": func(i int) driver.Value { return driver.ArrayValue(v(i), v(i+1)) },
		"in field": func(i int) driver.Value { return driver.ObjectValue(driver.Doc{}.With("f", v(i)).With("f1", v(i))) },
		"in array in field": func(i int) driver.Value {
			return driver.ObjectValue(driver.Doc{}.With("f", driver.ArrayValue(v(i), v(i+1))))
		},
	}
}

func array(n int, v func(int) driver.Value) driver.Doc {
	elems := make([]driver.Value, n)
	for i := range elems {
		elems[i] = v(i)
	}
	return driver.Doc{}.With("a", driver.ArrayValue(elems...))
}

func one(d driver.Doc, op driver.Op) work { return work{d, &driver.Update{Ops: ops(op)}} }

// clauses are conditions that some elements meet and others do not, on paths that may hold a number.
func clauses(size int, path string, is driver.Comparison, v func(int) driver.Value) []driver.Condition {
	list := make([]driver.Condition, size*perClause)
	for i := range list {
		p := driver.Path(path)
		if strings.Contains(path, "%d") {
			p = driver.Path(fmt.Sprintf(path, i))
		}
		operand := v(i)
		if is == driver.Exists {
			operand = driver.BoolValue(false)
		}
		list[i] = driver.Condition{Path: p, Is: is, Value: operand}
	}
	return list
}
