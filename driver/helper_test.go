package driver_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// now is when all updates of these tests happen.
var now = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)

// val reads the text form of a value. A mistake in it is a mistake of the test.
func val(text string) driver.Value {
	v, err := driver.ParseValue(text)
	if err != nil {
		panic(text + ": " + err.Error())
	}
	return v
}

// list reads the elements of an array.
func list(text string) []driver.Value { return val(text).Elems() }

func doc(text string) driver.Doc { return val(text).Doc() }

func ops(list ...driver.Op) []driver.Op { return list }

// where is one condition on the field at p, or with an empty path on the element itself.
func where(p driver.Path, is driver.Comparison, text string) driver.Condition {
	return driver.Condition{Path: p, Is: is, Value: val(text)}
}

// evalCase is what an update makes of a document. A case with an error has no want.
type evalCase struct {
	name string
	doc  string
	ops  []driver.Op
	want string
	err  error
}

// evalCases are all tables of update operators. They are the seeds of FuzzEval too.
var evalCases = slices.Concat(
	setCases, setIfAbsentCases, unsetCases, takeCases, renameCases, currentDateCases,
	incCases, mulCases, minMaxCases, bitCases,
	pushCases, pushSortCases, popCases, addToSetCases, pullCases, pullAllCases, pullQueryCases,
	elementsCases, sequenceCases,
	depthCases, severalCases,
)

func testEval(t *testing.T, cases []evalCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			u := &driver.Update{Ops: c.ops}
			if err := u.Validate(); err != nil {
				t.Fatalf("Validate: %v", err)
			}
			before := doc(c.doc)
			after, _, err := driver.Eval(t.Context(), before, u, now)
			if !driver.IdenticalDocs(before, doc(c.doc)) {
				t.Errorf("Eval changed its argument to %s", before.Text())
			}
			if c.err != nil {
				wantOpError(t, err, c.err)
				if after.Len() != 0 {
					t.Errorf("an error came with the document %s", after.Text())
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", c.doc, err)
			}
			if got := after.Text(); got != c.want {
				t.Errorf("%s became\n%s, want\n%s", c.doc, got, c.want)
			}
		})
	}
}

// wantOpError checks that err matches the sentinel and says where it happened.
func wantOpError(t *testing.T, err, sentinel error) {
	t.Helper()
	if !errors.Is(err, sentinel) {
		t.Fatalf("error is %v, want %v", err, sentinel)
	}
	var opErr *driver.OpError
	if !errors.As(err, &opErr) || opErr.Op == "" {
		t.Errorf("error %v does not name an operation", err)
	}
}
