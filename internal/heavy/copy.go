package heavy

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// long returns a document with a long array.
var long = sync.OnceValue(func() driver.Doc {
	return driver.Doc{}.With("a", driver.ArrayValue(slices.Repeat([]driver.Value{driver.NullValue}, 300_000)...))
})

// Copy returns how long a copy of a long array takes now: what a moment is on this machine, beside all else that it has to do.
func Copy() time.Duration {
	doc := long()
	front := &driver.Update{Ops: []driver.Op{driver.Push{Path: "a", Each: []driver.Value{driver.NullValue}, Position: new(0)}}}
	start := time.Now()
	if _, _, err := driver.Eval(context.Background(), doc, front, start); err != nil {
		panic(err) // it cannot fail
	}
	return time.Since(start)
}
