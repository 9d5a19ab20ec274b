package atomicsession_test

import (
	"errors"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

func TestConditions(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	at := atomicsession.NewKey[time.Time]("at")
	b.must(name.Set("Ann"), visits.Set(5), at.Set(site.clock.now()), atomicsession.Path("null").Set(nil))
	later := site.clock.now().Add(time.Hour)
	for n, c := range map[string]struct {
		c    atomicsession.Condition
		want bool
	}{
		"Exists":             {name.Exists(), true},
		"Exists null":        {atomicsession.Path("null").Exists(), true},
		"Exists not":         {cart.Exists(), false},
		"Absent":             {cart.Absent(), true},
		"Absent not":         {name.Absent(), false},
		"Eq":                 {name.Eq("Ann"), true},
		"Eq not":             {name.Eq("ann"), false},
		"Eq of any number":   {atomicsession.Path("visits").Eq(5.0), true},
		"Gt":                 {visits.Gt(4), true},
		"Gt equal":           {visits.Gt(5), false},
		"Gte equal":          {visits.Gte(5), true},
		"Gte less":           {visits.Gte(6), false},
		"Lt":                 {at.Lt(later), true},
		"Lt equal":           {visits.Lt(5), false},
		"Lte equal":          {visits.Lte(5), true},
		"Lte greater":        {at.Lte(later.Add(-2 * time.Hour)), false},
		"another kind":       {atomicsession.Path("name").Gt(1), false},
		"missing is no null": {atomicsession.Path("cart").Eq(nil), false},
		"Ne":                 {name.Ne("Bob"), true},
		"Ne equal":           {name.Ne("Ann"), false},
		"Ne of nothing":      {cart.Ne(nil), true},
		"In":                 {name.In("Bob", "Ann"), true},
		"In not":             {name.In("Bob"), false},
		"In nothing":         {name.In(), false},
		"In of nothing":      {score.In(0), false},
		"Nin":                {name.Nin("Bob"), true},
		"Nin not":            {name.Nin("Bob", "Ann"), false},
		"Nin of nothing":     {score.Nin(0), true},
		"untyped In":         {atomicsession.Path("name").In(1, "Ann"), true},
		"untyped Nin":        {atomicsession.Path("name").Nin(1, "Ann"), false},
		"untyped Ne":         {atomicsession.Path("name").Ne(1), true},
		"And":                {atomicsession.And(name.Eq("Ann"), visits.Eq(5)), true},
		"And not":            {atomicsession.And(name.Eq("Ann"), visits.Eq(6)), false},
		"Or":                 {atomicsession.Or(name.Eq("Bob"), visits.Eq(5)), true},
		"Or not":             {atomicsession.Or(name.Eq("Bob"), visits.Eq(6)), false},
		"Not":                {atomicsession.Not(name.Eq("Bob")), true},
		"Not not":            {atomicsession.Not(atomicsession.Or(name.Eq("Bob"), visits.Eq(5))), false},
	} {
		err := b.update(atomicsession.If(c.c), atomicsession.Path("met").Inc(1))
		if met := err == nil; met != c.want || !met && !errors.Is(err, atomicsession.ErrCondition) {
			t.Errorf("%s: %v", n, err)
		}
	}
	for _, c := range []atomicsession.Change{
		atomicsession.If(name.Eq("Ann"), visits.Eq(6)), atomicsession.If(visits.Eq(6), name.Eq("Ann")), atomicsession.If(atomicsession.Not(name.Eq("Ann"))),
	} {
		if err := b.update(atomicsession.If(name.Exists()), c, visits.Inc(1)); !errors.Is(err, atomicsession.ErrCondition) {
			t.Errorf("one of several conditions does not hold: %v", err)
		}
	}
	b.must(atomicsession.If()) // of none all hold
}
