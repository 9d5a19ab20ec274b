package atomicsession_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

func whole[T any](v T) atomicsession.JSON[T] { return atomicsession.JSON[T]{Value: v} }

// kept is the text form of a JSON.
func kept(text string) string { return driver.JSONValue(text).Text() }

// Documents from elsewhere are kept as they are, whatever their names.
func TestJSON(t *testing.T) {
	claims := map[string]any{
		"sub": "ann", "https://app.example/roles": []any{"admin", "x"}, "$ref": nil, "": true, "a.b": map[string]any{"c.d": 1.5}, "nul\x00": "é", "exp": 1.7e9,
	}
	form := url.Values{"address.street": {"x", "y"}, "$a": nil, "items[0].qty": {""}}
	type address struct {
		Street string          `json:"address.street"`
		Empty  []int           `json:"$empty"`
		Nil    *address        `json:"nil,omitempty"`
		At     time.Time       `json:"at"`
		Big    uint64          `json:"big"`
		Raw    json.RawMessage `json:"raw"`
	}
	full := address{Street: "x", At: time.Unix(1, 5).UTC(), Big: math.MaxUint64, Raw: json.RawMessage(`{"a.b":1.10}`)}
	type account struct {
		ID     int                                             `json:"id"`
		Claims atomicsession.JSON[map[string]any]              `json:"claims"`
		Forms  []atomicsession.JSON[url.Values]                `json:"forms"`
		Named  map[string]*atomicsession.JSON[json.RawMessage] `json:"named"`
	}
	raw := whole(json.RawMessage(" {\"b\" : 1.10,\t\"a.b\":\"\\u003c\", \"a\":1e3, \"a\": [] }\n"))
	claimsText := `{"":true,"$ref":null,"a.b":{"c.d":1.5},"exp":1700000000,"https://app.example/roles":["admin","x"],"nul\u0000":"é","sub":"ann"}`
	formText := `{"$a":null,"address.street":["x","y"],"items[0].qty":[""]}`
	checkValues(t,
		same(kept(claimsText), whole(claims)), same(kept(claimsText), &atomicsession.JSON[map[string]any]{Value: claims}), same(kept(formText), whole(form)),
		same(kept(`{"address.street":"x","$empty":null,"at":"1970-01-01T00:00:01.000000005Z","big":18446744073709551615,"raw":{"a.b":1.10}}`), whole(full)),
		same(kept(string(raw.Value)), raw), back(kept("null"), whole(json.RawMessage(nil)), whole(json.RawMessage("null"))),
		same(kept(`"<script>&</script>"`), whole("<script>&</script>")), same(kept("null"), whole[any](nil)), same(kept("null"), whole([]int(nil))),
		same(kept("[]"), whole([]int{})), same(kept("12345678901234567890"), whole(json.Number("12345678901234567890"))), same(kept("0.1"), whole(float32(0.1))),
		same(`{"claims":`+kept(claimsText)+`,"forms":[`+kept(formText)+`,`+kept("null")+`],"id":1,"named":{"x":`+kept("1.50")+`}}`,
			account{1, whole(claims), []atomicsession.JSON[url.Values]{whole(form), {}}, map[string]*atomicsession.JSON[json.RawMessage]{"x": new(whole(json.RawMessage("1.50")))}}),
	)
}

// An any gets the text, and what a JSON fits can be read as a type of another kind.
func TestReadOfJSON(t *testing.T) {
	b := newSite(t, nil).browser()
	b.must(atomicsession.Path("a").Set(whole(map[string]any{"a.b": 1.5, "c": "x"})), atomicsession.Path("n").Set(whole(json.RawMessage("5"))))
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		got, ok, err := atomicsession.Path("a").Get(ctx, s)
		if raw, isRaw := got.(json.RawMessage); !isRaw || !ok || string(raw) != `{"a.b":1.5,"c":"x"}` {
			t.Errorf("got %T %v, %v, %v", got, got, ok, err)
		}
		fields, ok, err := atomicsession.NewKey[map[string]any]("a").Get(ctx, s)
		if fields["a.b"] != 1.5 || fields["c"] != "x" || !ok || err != nil {
			t.Errorf("got %v, %v, %v", fields, ok, err)
		}
		n, ok, err := atomicsession.NewKey[int64]("n").Get(ctx, s)
		if n != 5 || !ok || err != nil {
			t.Errorf("got %v, %v, %v", n, ok, err)
		}
		_, ok, err = atomicsession.Path("a.c").Get(ctx, s) // no path leads into it
		if ok || err != nil {
			t.Errorf("found %v, %v", ok, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// It is replaced as a whole, and is no number, list or object to the operators.
func TestOperatorsOnJSON(t *testing.T) {
	b := newSite(t, nil).browser()
	b.must(atomicsession.Path("n").Set(whole(5)), atomicsession.Path("l").Set(whole([]int{1})), atomicsession.Path("o").Set(whole(map[string]int{"a": 1})))
	before := b.document()
	for name, c := range map[string]struct {
		change atomicsession.Change
		want   error
	}{
		"inc": {atomicsession.Path("n").Inc(1), atomicsession.ErrType}, "mul": {atomicsession.Path("n").Mul(2), atomicsession.ErrType},
		"bit": {atomicsession.Path("n").BitAnd(1), atomicsession.ErrType}, "push": {atomicsession.Path("l").Push(2), atomicsession.ErrType},
		"add to set": {atomicsession.Path("l").AddToSet(2), atomicsession.ErrType}, "pop": {atomicsession.Path("l").Pop(), atomicsession.ErrType},
		"pull": {atomicsession.Path("l").Pull(atomicsession.Path("").Eq(1)), atomicsession.ErrType}, "pull all": {atomicsession.Path("l").PullAll(1), atomicsession.ErrType},
		"set inside": {atomicsession.Path("o.a").Set(2), atomicsession.ErrPath}, "inc inside": {atomicsession.Path("o.a").Inc(2), atomicsession.ErrPath},
		"set an element": {atomicsession.Path("l.0").Set(2), atomicsession.ErrPath},
		"other text":     {atomicsession.If(atomicsession.Path("o").Eq(whole(json.RawMessage(`{"a": 1}`)))), atomicsession.ErrCondition},
		"other kind":     {atomicsession.If(atomicsession.Path("n").Eq(5)), atomicsession.ErrCondition},
		"inside":         {atomicsession.If(atomicsession.Path("o.a").Exists()), atomicsession.ErrCondition},
	} {
		if err := b.update(c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if got := b.document(); got != before {
		t.Errorf("the document is %s, was %s", got, before)
	}
	b.must(
		atomicsession.If(atomicsession.Path("o").Eq(whole(map[string]int{"a": 1}))), atomicsession.Path("n").Set(6), atomicsession.Path("l").Rename("m"),
		atomicsession.Path("s").AddToSet(whole("x"), whole("y"), whole("x")),
	)
	b.must(atomicsession.Path("n").Inc(1), atomicsession.Path("s").PullAll(whole("y")))
	b.wantDocument(`{"m":` + kept("[1]") + `,"n":7,"o":` + kept(`{"a":1}`) + `,"s":[` + kept(`"x"`) + `]}`)
}

// What encoding/json would change is refused, in one line.
func TestRefusedJSON(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	for name, v := range map[string]any{
		"not UTF-8": whole("\xff"), "not UTF-8 inside": whole(map[string]any{"a.b": []string{"x\xc3"}}), "name that is not UTF-8": whole(map[string]int{"\xff": 1}),
		"not UTF-8, in an any":   map[string]any{"a": whole("\xff")},
		"too long for a float64": whole[any](int64(math.MaxInt64 - 1)), "too long inside": whole(map[string]any{"a.b": json.Number("0.12345678901234567890123")}),
		"no number": whole(math.NaN()), "no JSON": whole(json.RawMessage("{")), "nothing": whole(json.RawMessage{}), "raw, not UTF-8": whole(json.RawMessage("\"\xff\"")),
		"channel": whole(make(chan int)), "no exported field": whole(struct{ a int }{1}), "interface": whole[error](errors.New("x")),
		"written, not read": whole(date{}), "too large": whole(strings.Repeat("x", 2<<20)),
	} {
		want := atomicsession.ErrValue
		if name == "too large" {
			want = atomicsession.ErrTooLarge
		}
		err := b.update(atomicsession.Path("a").Set(v))
		if !errors.Is(err, want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	wantRows(t, site.store, 0)
}
