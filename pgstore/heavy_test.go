package pgstore

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/heavy"
)

// TestHeavyUpdates: no update keeps the server busy for long, neither as heavy as the limits allow nor with as much as the function
// takes on itself.
func TestHeavyUpdates(t *testing.T) {
	var sent counter
	s := migrated(t, dial(t, serverURL, func(c *pgxpool.Config) { c.ConnConfig.Tracer = &sent }), freshSchema(t))
	updates := heavy.Updates()
	for i, h := range append(updates, inFunction()...) {
		k := heavy.Create(t, s, h.Doc)
		before, begin := sent.statements.Load(), sent.waited.Load()
		if _, err := s.Update(t.Context(), time.Now(), k, h.Update); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
		took := time.Duration(sent.waited.Load() - begin)
		t.Logf("%-32s %v in the server", h.Name, took)
		if took > 2*time.Second {
			t.Errorf("%s kept the server busy for %v", h.Name, took)
		}
		if n := sent.statements.Load() - before; i >= len(updates) && n != 1 {
			t.Errorf("%s: %d statements: it is too heavy for the function", h.Name, n)
		}
	}
}

// inFunction returns the heaviest updates that the function takes on itself.
func inFunction() []heavy.Update {
	elems := make([]driver.Value, 10_000)
	for i := range elems {
		elems[i] = driver.IntValue(int64(i))
	}
	short := driver.Doc{}.With("a", driver.ArrayValue(elems...))
	updates := []heavy.Update{
		{Name: "addToSet in the function", Doc: short, Update: &driver.Update{Ops: []driver.Op{driver.AddToSet{Path: "a", Each: elems[:maxValues]}}}},
		{Name: "pullAll in the function", Doc: short, Update: &driver.Update{Ops: []driver.Op{
			driver.PullAll{Path: "a", Values: elems[len(elems)-maxValues:]},
		}}},
		{Name: "in, in the function", Doc: short, Update: &driver.Update{If: []driver.Condition{
			{Path: "a", Is: driver.Nin, Value: driver.ArrayValue(elems[:maxValues]...)},
		}}},
	}
	list := make([]driver.Value, 1000)
	for i := range list {
		list[i] = driver.ObjectValue(driver.Doc{}.With("sku", driver.StringValue(fmt.Sprint("article", i))).With("q", driver.IntValue(0)))
	}
	cond := func(p driver.Path, is driver.Comparison, v driver.Value) driver.Condition {
		return driver.Condition{Path: p, Is: is, Value: v}
	}
	never, always := cond("sku", driver.Lt, driver.StringValue("a")), cond("sku", driver.Gt, driver.StringValue("a"))
	updates = append(updates, heavy.Update{Name: "one of 1000 in the function", Doc: driver.Doc{}.With("a", driver.ArrayValue(list...)), Update: &driver.Update{
		Ops: []driver.Op{driver.Elements{Path: "a", Where: []driver.Condition{cond("sku", driver.Eq, driver.StringValue("article7"))}, Do: []driver.Op{
			driver.Inc{Path: "q", By: driver.IntValue(1)},
		}}},
	}})
	list = list[:270] // which are all looked at
	all := map[string]*driver.Update{"elemMatch": {}, "elements": {}, "pull": {}}
	doc := driver.Doc{}
	for i := range maxInField {
		p := driver.Path(fmt.Sprint("a", i))
		doc = doc.With(string(p), driver.ArrayValue(list...))
		no, yes := driver.Condition{Path: p, Is: driver.ElemMatch, Each: []driver.Condition{never, never}}, always
		all["elemMatch"].If = append(all["elemMatch"].If, driver.Condition{Is: driver.Nor, Each: []driver.Condition{no}})
		all["elements"].Ops = append(all["elements"].Ops, driver.Elements{Path: p, Where: []driver.Condition{yes}, Do: []driver.Op{driver.Inc{Path: "q", By: driver.IntValue(1)}}})
		all["pull"].Ops = append(all["pull"].Ops, driver.Pull{Path: p, Where: []driver.Condition{never, never}})
	}
	for name, u := range all {
		updates = append(updates, heavy.Update{Name: name + " in the function", Doc: doc, Update: u})
	}
	return updates
}
