package atomicsession_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

type item struct {
	SKU string `json:"sku"`
	Qty int    `json:"qty"`
}

var (
	visits = atomicsession.NewCounter("visits")
	cart   = atomicsession.NewList[item]("cart")
	tags   = atomicsession.NewList[string]("tags")
	name   = atomicsession.NewKey[string]("name")
	score  = atomicsession.NewKey[float64]("score")
)

// TestOperators puts every operator through the public API. What they mean in every corner is the driver's to test.
func TestOperators(t *testing.T) {
	type changes = []atomicsession.Change
	ab := changes{tags.Set([]string{"a", "b"})}
	apples := changes{cart.Set([]item{{"apple", 5}, {"pear", 1}, {"plum", 3}})}
	for _, c := range []struct {
		name   string
		before changes
		change atomicsession.Change
		want   string
	}{
		{"Set", nil, name.Set("Ann"), `{"name":"Ann"}`},
		{"Set nested", nil, atomicsession.Path("a.b.c").Set(1), `{"a":{"b":{"c":1}}}`},
		{
			"Set element", apples, atomicsession.Path("cart.1.qty").Set(7),
			`{"cart":[{"qty":5,"sku":"apple"},{"qty":7,"sku":"pear"},{"qty":3,"sku":"plum"}]}`,
		},
		{"Set nil list", nil, tags.Set(nil), `{"tags":[]}`},
		{"SetIfAbsent", nil, name.SetIfAbsent("Ann"), `{"name":"Ann"}`},
		{"SetIfAbsent of what is there", changes{name.Set("Ann")}, name.SetIfAbsent("Bob"), `{"name":"Ann"}`},
		{"SetIfAbsent nil list", nil, tags.SetIfAbsent(nil), `{"tags":[]}`},
		{"Unset", changes{name.Set("Ann"), visits.Set(1)}, name.Unset(), `{"visits":1}`},
		{"Rename", changes{atomicsession.Path("a.b").Set(1)}, atomicsession.Path("a.b").Rename("c"), `{"a":{},"c":1}`},
		{"Inc", changes{visits.Set(40)}, visits.Inc(2), `{"visits":42}`},
		{"Inc of nothing", nil, visits.Inc(-1), `{"visits":-1}`},
		{"Inc by a float", changes{visits.Set(1)}, atomicsession.Path("visits").Inc(0.5), `{"visits":1.5}`},
		{"Inc by any integer type", nil, atomicsession.Path("visits").Inc(uint8(3)), `{"visits":3}`},
		{"Mul", changes{visits.Set(21)}, visits.Mul(2), `{"visits":42}`},
		{"Mul of nothing", nil, visits.Mul(2), `{"visits":0}`},
		{"Min", changes{score.Set(2.5)}, score.Min(1), `{"score":1.0}`},
		{"Min kept", changes{score.Set(2.5)}, score.Min(3), `{"score":2.5}`},
		{"Max", changes{score.Set(2.5)}, score.Max(3), `{"score":3.0}`},
		{"Max kept", changes{score.Set(2.5)}, score.Max(1), `{"score":2.5}`},
		{"CurrentDate", nil, atomicsession.Path("at").CurrentDate(), `{"at":{"$date":"2026-03-01T12:00:00.250Z"}}`},
		{"Push", ab, tags.Push("c", "d"), `{"tags":["a","b","c","d"]}`},
		{"Push onto nothing", nil, tags.Push("a"), `{"tags":["a"]}`},
		{"Push onto a nil list", changes{tags.Set(nil)}, tags.Push("a"), `{"tags":["a"]}`},
		{"Push nothing", nil, tags.Push(), `{"tags":[]}`},
		{"PushWith Position", ab, tags.PushWith(atomicsession.PushOptions{Position: new(1)}, "x"), `{"tags":["a","x","b"]}`},
		{"PushWith Slice", ab, tags.PushWith(atomicsession.PushOptions{Slice: new(-2)}, "x"), `{"tags":["b","x"]}`},
		{"PushWith Sort", ab, tags.PushWith(atomicsession.PushOptions{Sort: []atomicsession.Sort{{Desc: true}}}), `{"tags":["b","a"]}`},
		{
			"PushWith Sort by a field", apples, cart.PushWith(atomicsession.PushOptions{
				Sort: []atomicsession.Sort{{By: "qty"}}, Slice: new(2),
			}, item{"fig", 2}),
			`{"cart":[{"qty":1,"sku":"pear"},{"qty":2,"sku":"fig"}]}`,
		},
		{
			"PushWith Sort by two", apples, cart.PushWith(atomicsession.PushOptions{
				Sort: []atomicsession.Sort{{By: "qty", Desc: true}, {By: "sku"}},
			}, item{"kiwi", 1}),
			`{"cart":[{"qty":5,"sku":"apple"},{"qty":3,"sku":"plum"},{"qty":1,"sku":"kiwi"},{"qty":1,"sku":"pear"}]}`,
		},
		{"Pop", ab, tags.Pop(), `{"tags":["a"]}`},
		{"PopFirst", ab, tags.PopFirst(), `{"tags":["b"]}`},
		{"Pop of nothing", nil, tags.Pop(), `{}`},
		{"Pull elements", ab, tags.Pull(atomicsession.Path("").Gte("b")), `{"tags":["a"]}`},
		{
			"Pull by fields", apples, cart.Pull(atomicsession.Path("qty").Gt(2), atomicsession.Path("sku").Eq("apple")),
			`{"cart":[{"qty":1,"sku":"pear"},{"qty":3,"sku":"plum"}]}`,
		},
		{"Pull by existence", apples, cart.Pull(atomicsession.Path("qty").Exists()), `{"cart":[]}`},
		{"PullAll", ab, tags.PullAll("b", "x"), `{"tags":["a"]}`},
		{"PullAll structs", apples, cart.PullAll(item{"pear", 1}), `{"cart":[{"qty":5,"sku":"apple"},{"qty":3,"sku":"plum"}]}`},
		{"AddToSet", ab, tags.AddToSet("b", "c", "c"), `{"tags":["a","b","c"]}`},
		{"BitAnd", changes{visits.Set(13)}, visits.BitAnd(10), `{"visits":8}`},
		{"BitOr", changes{visits.Set(13)}, visits.BitOr(2), `{"visits":15}`},
		{"BitXor", changes{visits.Set(13)}, visits.BitXor(1), `{"visits":12}`},
		{"nothing at all", nil, nil, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newManager(t, newStore(), &atomicsession.Options{Now: newClock().now})
			err := request(t, m, "", func(ctx context.Context, s *atomicsession.Session) error {
				err := errors.Join(s.Update(ctx, c.before...), s.Update(ctx, c.change))
				known, getErr := s.Document(ctx) // begun here, so all of it is known
				if err := s.Refresh(ctx); err != nil {
					return err
				}
				stored, docErr := s.Document(ctx)
				if known.Text() != c.want || stored.Text() != c.want {
					t.Errorf("the handle knows %s, the store has %s, want %s", known.Text(), stored.Text(), c.want)
				}
				return errors.Join(err, getErr, docErr)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// A change is made of what its options say when it is made.
func TestPushOptionsAreCopied(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	position, slice, sort := 0, 2, []atomicsession.Sort{{}}
	insert := tags.PushWith(atomicsession.PushOptions{Position: &position, Slice: &slice}, "x")
	sorted := tags.PushWith(atomicsession.PushOptions{Sort: sort})
	position, slice, sort[0].Desc = 1, 1, true
	b.must(tags.Set([]string{"a", "b"}))
	b.must(insert)
	b.must(sorted)
	b.wantDocument(`{"tags":["a","x"]}`)
}

// What is wrong with a change is the error of its update, before anything is sent; or the store finds it, and changes
// nothing.
func TestOperatorErrors(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(name.Set("Ann"), visits.Set(math.MaxInt64), tags.Set([]string{"a"}))
	before := b.document()
	bad := string([]byte{0xff})
	for n, c := range map[string]struct {
		changes []atomicsession.Change
		want    error
		sent    bool
	}{
		"empty path":             {[]atomicsession.Change{atomicsession.Path("").Set(1)}, atomicsession.ErrPath, false},
		"path with $":            {[]atomicsession.Change{atomicsession.Path("a.$b").Set(1)}, atomicsession.ErrPath, false},
		"path with NUL":          {[]atomicsession.Change{atomicsession.Path("a\x00").Unset()}, atomicsession.ErrPath, false},
		"path not UTF-8":         {[]atomicsession.Change{atomicsession.Path(bad).Unset()}, atomicsession.ErrPath, false},
		"malformed key":          {[]atomicsession.Change{atomicsession.NewKey[int]("a..b").Set(1)}, atomicsession.ErrPath, false},
		"same path twice":        {[]atomicsession.Change{visits.Inc(1), visits.Set(1)}, atomicsession.ErrConflict, false},
		"path within a path":     {[]atomicsession.Change{atomicsession.Path("a").Set(1), atomicsession.Path("a.b").Set(1)}, atomicsession.ErrConflict, false},
		"string not UTF-8":       {[]atomicsession.Change{name.Set(bad)}, atomicsession.ErrValue, false},
		"NaN":                    {[]atomicsession.Change{score.Set(math.NaN())}, atomicsession.ErrValue, false},
		"infinity":               {[]atomicsession.Change{score.Max(math.Inf(1))}, atomicsession.ErrValue, false},
		"Inc by a string":        {[]atomicsession.Change{atomicsession.Path("a").Inc("1")}, atomicsession.ErrType, false},
		"unencodable":            {[]atomicsession.Change{name.Set("Bob"), atomicsession.Path("f").Set(func() {})}, atomicsession.ErrValue, false},
		"unencodable element":    {[]atomicsession.Change{atomicsession.Path("a").Push(1, make(chan int))}, atomicsession.ErrValue, false},
		"unencodable condition":  {[]atomicsession.Change{atomicsession.If(atomicsession.Path("a").Eq(make(chan int)))}, atomicsession.ErrValue, false},
		"unencodable in Pull":    {[]atomicsession.Change{atomicsession.Path("a").Pull(atomicsession.Path("").Gt(make(chan int)))}, atomicsession.ErrValue, false},
		"zero condition":         {[]atomicsession.Change{atomicsession.If(atomicsession.Condition{})}, atomicsession.ErrValue, false},
		"And without condition":  {[]atomicsession.Change{atomicsession.If(atomicsession.And())}, atomicsession.ErrValue, false},
		"Or of what is wrong":    {[]atomicsession.Change{atomicsession.If(atomicsession.Or(name.Eq("a"), atomicsession.Path("a").Eq(make(chan int))))}, atomicsession.ErrValue, false},
		"second of If is wrong":  {[]atomicsession.Change{atomicsession.If(name.Eq("a"), atomicsession.Path("a").In(1, make(chan int)))}, atomicsession.ErrValue, false},
		"condition on no path":   {[]atomicsession.Change{atomicsession.If(atomicsession.Path("a..b").Exists())}, atomicsession.ErrPath, false},
		"Pull without condition": {[]atomicsession.Change{tags.Pull()}, atomicsession.ErrValue, false},
		"name too long": {
			[]atomicsession.Change{atomicsession.Path("a").Set(map[string]int{string(make([]byte, 2000)): 1})},
			atomicsession.ErrTooLarge, false,
		},
		"Inc of a string":   {[]atomicsession.Change{atomicsession.Path("name").Inc(1), tags.Push("b")}, atomicsession.ErrType, true},
		"overflow":          {[]atomicsession.Change{visits.Inc(1), name.Set("Bob")}, atomicsession.ErrOverflow, true},
		"path through text": {[]atomicsession.Change{atomicsession.Path("name.first").Set(1)}, atomicsession.ErrPath, true},
		"Push onto a text":  {[]atomicsession.Change{atomicsession.Path("name").Push(1)}, atomicsession.ErrType, true},
		"too large":         {[]atomicsession.Change{atomicsession.Path("b").Set(make([]byte, 1<<20))}, atomicsession.ErrTooLarge, true},
		"condition":         {[]atomicsession.Change{atomicsession.If(name.Eq("Bob")), name.Set("Cy")}, atomicsession.ErrCondition, true},
	} {
		site.store.took()
		if err := b.update(c.changes...); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", n, err, c.want)
		}
		if calls := site.store.took(); (len(calls) > 0) != c.sent {
			t.Errorf("%s: the store was called %q", n, calls)
		}
	}
	b.wantDocument(before)
	stranger := site.browser()
	if err := stranger.update(atomicsession.Path("a").Set(make([]byte, 1<<20))); !errors.Is(err, atomicsession.ErrTooLarge) || stranger.token() != "" {
		t.Errorf("a new session over the limit: %v", err)
	}
}

// The limits of the options hold for all that takes a path.
func TestLimits(t *testing.T) {
	deep, long := strings.Repeat("a.", 79)+"a", strings.Repeat("n", 2000)
	wide := newManager(t, newStore(), &atomicsession.Options{Limits: driver.Limits{Depth: 80, Name: 2000, Size: 1 << 14}})
	err := request(t, wide, "", func(ctx context.Context, s *atomicsession.Session) error {
		err := s.Update(ctx, atomicsession.Path(deep).Set(1), atomicsession.Path(long).Set(2))
		for path, want := range map[string]any{deep: int64(1), long: int64(2)} {
			if got, _, err := atomicsession.Path(path).Get(ctx, s); got != want || err != nil {
				t.Errorf("a path of %d bytes reads %v, %v", len(path), got, err)
			}
			if got, _, err := atomicsession.Path(path).Take(ctx, s); got != want || err != nil {
				t.Errorf("a path of %d bytes has %v to take, %v", len(path), got, err)
			}
		}
		if err := s.Update(ctx, atomicsession.Path("big").Set(make([]byte, 1<<14))); !errors.Is(err, atomicsession.ErrTooLarge) {
			t.Errorf("a document over the limit: %v", err)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	normal := newManager(t, newStore(), nil)
	for _, path := range []string{deep, long} {
		if err := request(t, normal, "", get(path)); !errors.Is(err, atomicsession.ErrTooLarge) {
			t.Errorf("a path of %d bytes by default: %v", len(path), err)
		}
	}
}

func TestKeyPath(t *testing.T) {
	if got := atomicsession.NewList[int]("a.b").Path(); got != "a.b" {
		t.Errorf("the path is %q", got)
	}
}
