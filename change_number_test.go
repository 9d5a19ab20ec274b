package atomicsession_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// A number is one wherever it was written, and what only its JSON can hold has no order.
func TestNumbersWhereverTheyAreWritten(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	for _, text := range []string{"1.152921504606847e18", "1152921504606847000.0", "1e3", "2.50"} {
		b.must(atomicsession.Path("number").Set(json.Number(text)), atomicsession.Path("raw").Set(json.RawMessage(`{"n":`+text+`}`)))
		if err := b.update(atomicsession.Path("number").Inc(0), atomicsession.Path("raw.n").Inc(0)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	huge, ok := new(big.Int).SetString("-12345678901234567890123", 10)
	if !ok {
		t.Fatal("no number")
	}
	b.must(atomicsession.Path("n").Set(5), atomicsession.Path("huge").Set(huge))
	for what, change := range map[string]atomicsession.Change{
		"max": atomicsession.Path("n").Max(huge), "min": atomicsession.Path("n").Min(huge), "gt": atomicsession.If(atomicsession.Path("n").Gt(huge)),
		"lte": atomicsession.If(atomicsession.Path("n").Lte(json.Number("1e400"))), "pull": atomicsession.Path("l").Pull(atomicsession.Path("").Lt(huge)),
	} {
		if err := b.update(change); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: %v", what, err)
		}
	}
	b.must(atomicsession.If(atomicsession.Path("huge").Eq(huge)))
}

type role uint8

// Only bytes are bytes: a list of small numbers is a list.
func TestListOfSmallNumbers(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	roles := atomicsession.NewList[role]("cart.Roles")
	b.must(atomicsession.Path("cart").Set(struct{ Roles []role }{}))
	b.must(roles.Push(1))
	b.must(roles.AddToSet(1, 2))
	b.wantDocument(`{"cart":{"Roles":[1,2]}}`)
}
