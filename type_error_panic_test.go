package atomicsession_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// panicky is a type whose unmarshaler does not expect what is stored.
type panicky struct{ M map[string]int }

func (p *panicky) UnmarshalJSON(text []byte) error {
	p.M["n"] = len(text) // of a nil map
	return nil
}

func TestUnmarshalerThatPanics(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(json.RawMessage(`{"M":{"n":1}}`)))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.NewKey[panicky]("a").Take(ctx, s)
		return err
	})
	var typeErr *atomicsession.TypeError
	if !errors.As(err, &typeErr) || typeErr.Value.Text() != `{"M":{"n":1}}` {
		t.Errorf("the value is not with the caller: %v", err)
	}
	if err := b.update(atomicsession.Path("a").Set(panicky{M: map[string]int{"n": 1}})); !errors.Is(err, atomicsession.ErrValue) {
		t.Errorf("what can never be read again was stored: %v", err)
	}
}
