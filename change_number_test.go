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
		b.must(atomicsession.Set("number", json.Number(text)), atomicsession.Set("raw", json.RawMessage(`{"n":`+text+`}`)))
		if err := b.update(atomicsession.Inc("number", 0), atomicsession.Inc("raw.n", 0)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	huge, ok := new(big.Int).SetString("-12345678901234567890123", 10)
	if !ok {
		t.Fatal("no number")
	}
	b.must(atomicsession.Set("n", 5), atomicsession.Set("huge", huge))
	for what, change := range map[string]atomicsession.Change{
		"max": atomicsession.Max("n", huge), "min": atomicsession.Min("n", huge), "gt": atomicsession.If(atomicsession.Gt("n", huge)),
		"lte": atomicsession.If(atomicsession.Lte("n", json.Number("1e400"))), "pull": atomicsession.Pull("l", atomicsession.Lt("", huge)),
	} {
		if err := b.update(change); !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: %v", what, err)
		}
	}
	b.must(atomicsession.If(atomicsession.Eq("huge", huge)))
}

type role uint8

// Only bytes are bytes: a list of small numbers is a list.
func TestListOfSmallNumbers(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	roles := atomicsession.NewList[role]("cart.Roles")
	b.must(atomicsession.Set("cart", struct{ Roles []role }{}))
	b.must(roles.Push(1))
	b.must(roles.AddToSet(1, 2))
	b.wantDocument(`{"cart":{"Roles":[1,2]}}`)
}
