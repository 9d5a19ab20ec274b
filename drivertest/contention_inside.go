package drivertest

import (
	"fmt"

	"github.com/atomicsession/atomicsession/driver"
)

// articles is how many a cart holds whose quantities are raised.
const articles = 50

// article is the number of what the worker raises in a round: everything comes about equally often, and never one worker's own.
func article(i, round int) int { return (i*rounds + round) % articles }

// contendElements raises the quantities of the articles in a list.
func contendElements(e *env) {
	var cart []driver.Value
	for n := range articles {
		cart = append(cart, driver.ObjectValue(driver.Doc{}.With("sku", driver.IntValue(int64(n))).With("qty", driver.IntValue(0))))
	}
	s := e.create(driver.Doc{}.With("cart", driver.ArrayValue(cart...)))
	contend(func(i, round int) {
		sku := driver.Condition{Path: "sku", Is: driver.Eq, Value: driver.IntValue(int64(article(i, round)))}
		s.apply(i, &driver.Update{
			If:  []driver.Condition{{Path: "cart", Is: driver.ElemMatch, Each: []driver.Condition{sku}}},
			Ops: []driver.Op{elements("cart", conds(sku), inc("qty", `1`))},
		})
	})
	list := s.stored()
	for n := range articles {
		s.holds(list, driver.Path(fmt.Sprintf("cart.%d.sku", n)), driver.IntValue(int64(n)))
		s.holds(list, driver.Path(fmt.Sprintf("cart.%d.qty", n)), raised(n))
	}
}

// contendEntries puts the articles into a map, or raises those that are there.
func contendEntries(e *env) {
	s := e.create(driver.Doc{})
	path := func(n int) driver.Path { return driver.Path(fmt.Sprintf("cart.a%d.qty", n)) }
	contend(func(i, round int) { s.apply(i, &driver.Update{Ops: []driver.Op{inc(path(article(i, round)), `1`)}}) })
	d := s.stored()
	for n := range articles {
		s.holds(d, path(n), raised(n))
	}
}

// raised is how often all workers together raise the article.
func raised(n int) driver.Value {
	times := 0
	for at := range workers * rounds {
		if article(0, at) == n {
			times++
		}
	}
	return driver.IntValue(int64(times))
}

// contendLimit counts to ten from nothing: nobody gets past it, and nobody is turned away before.
func contendLimit(e *env) {
	s := e.create(driver.Doc{})
	u := &driver.Update{
		If:  []driver.Condition{holding("", driver.Or, cond("tries", driver.Exists, `false`), cond("tries", driver.Lt, `10`))},
		Ops: []driver.Op{inc("tries", `1`)},
	}
	contend(func(i, _ int) { s.apply(i, u, driver.ErrCondition) })
	s.holds(s.stored(), "tries", driver.IntValue(10))
}

// contendSwap hands a value on: each gets the one that another has put in, and none is lost or had twice.
func contendSwap(e *env) {
	s := e.create(driver.Doc{})
	seen := make([][]driver.Value, workers)
	contend(func(i, round int) {
		res, err := s.apply(i, &driver.Update{Ops: []driver.Op{sequence("held", take("held"), driver.Set{Path: "held", Value: driver.IntValue(int64(i*rounds + round))})}})
		if err == nil && len(res.Taken) == 1 {
			seen[i] = append(seen[i], res.Taken[0])
		}
	})
	had := map[string]int{s.stored().Get("held").Text(): 1}
	for _, values := range seen {
		for _, v := range values {
			had[v.Text()]++
		}
	}
	for n := range workers * rounds {
		if times := had[fmt.Sprint(n)]; times != 1 {
			s.Errorf("%d came out %d times, want once", n, times)
		}
	}
	if had[""] != 1 {
		s.Errorf("%d found nothing there, want one", had[""])
	}
}
