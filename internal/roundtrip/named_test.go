package roundtrip

import (
	"database/sql"
	"encoding/json"
	"log/slog"
	"math/big"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// namedType is a type that is more than its kind.
type namedType struct {
	typ    reflect.Type
	random func(*generator) any // nil: by its kind
	equal  func(a, b any) bool  // nil: by its kind
	null   func(any) bool       // says what is stored as null; nil: nothing is

	doubtful func(any) bool // says what may be refused; nil: nothing or, without an equal, what its kind says
}

func as[T any](random func(*generator) T, equal func(a, b T) bool) namedType {
	n := namedType{typ: reflect.TypeFor[T]()}
	if random != nil {
		n.random = func(g *generator) any { return random(g) }
	}
	if equal != nil {
		n.equal = func(a, b any) bool { return equal(a.(T), b.(T)) }
	}
	return n
}

func (n namedType) orNull(null func(any) bool) namedType {
	n.null = null
	return n
}

func (n namedType) unless(doubtful func(any) bool) namedType {
	n.doubtful = doubtful
	return n
}

func same[T comparable](a, b T) bool { return a == b }

var named = []namedType{
	as((*generator).time, func(a, b time.Time) bool { return a.UnixMilli() == b.UnixMilli() }),
	as[time.Duration](nil, nil), as[time.Month](nil, nil),
	as[slog.Level](nil, nil).unless(func(x any) bool { return int64(x.(slog.Level)) > 1<<62 || int64(x.(slog.Level)) < -1<<62 }), // the text overflows
	as[mail.Address](nil, nil), as[text](nil, nil),
	as[code](nil, nil), as(func(g *generator) label { return label{pick(g, oddStrings)} }, same),
	as(func(g *generator) netip.Addr { return pick(g, addresses) }, same),
	as(func(g *generator) netip.AddrPort {
		return netip.AddrPortFrom(pick(g, addresses[1:]), uint16(g.Uint32()))
	}, same),
	as(func(g *generator) netip.Prefix { return netip.PrefixFrom(pick(g, addresses), g.IntN(40)-1) }, same).
		unless(func(x any) bool { return !x.(netip.Prefix).IsValid() && x != netip.Prefix{} }),
	as(func(g *generator) net.IP { return pick(g, addresses).AsSlice() }, net.IP.Equal),
	as[net.IPMask](nil, nil), as[net.HardwareAddr](nil, nil), as[uuid](nil, nil),
	as(randomURL, func(a, b url.URL) bool { return a == b }),
	as[sql.NullString](nil, nil), as[sql.NullInt64](nil, nil), as[sql.NullFloat64](nil, nil), as[sql.NullTime](nil, nil),
	as[sql.Null[uint16]](nil, nil), as(func(g *generator) tree { return g.tree(3) }, nil),

	as(randomInt, func(a, b big.Int) bool { return a.Cmp(&b) == 0 }),
	as(func(g *generator) big.Rat {
		n := randomInt(g)
		return *new(big.Rat).SetFrac(&n, big.NewInt(g.Int64N(1e6)+1))
	}, func(a, b big.Rat) bool { return a.Cmp(&b) == 0 }),
	as(randomBigFloat, func(a, b big.Float) bool { return a.Text('g', -1) == b.Text('g', -1) }).
		unless(func(x any) bool { f := x.(big.Float); return f.Prec() > 64 }), // it comes back digit by digit, or not at all
	as(func(g *generator) json.Number { return json.Number(g.number()) }, func(a, b json.Number) bool { return sameNumber(string(a), string(b)) }),
	as(func(g *generator) decimal { return decimal(g.number()) }, func(a, b decimal) bool { return sameNumber(string(a), string(b)) }),
	as(func(g *generator) quotedDecimal { return quotedDecimal{g.number()} }, same),
	as((*generator).rawMessage, sameRaw).orNull(func(x any) bool { return sameRaw(x.(json.RawMessage), nil) }),
	as[nullInt](nil, func(a, b nullInt) bool { return a.Valid == b.Valid && (!a.Valid || a.N == b.N) }).orNull(func(x any) bool { return !x.(nullInt).Valid }),
	as[day](nil, same).unless(func(x any) bool { return x.(day).M == 0 }), as(randomPairs, func(a, b pairs) bool { return len(a) == len(b) && (len(a) == 0 || reflect.DeepEqual(a, b)) }),
	as[onPointer](nil, same),

	as(func(g *generator) driver.Value { return g.stored(3) }, driver.Identical).
		orNull(func(x any) bool { return x.(driver.Value).Kind() == driver.Null }).
		unless(func(x any) bool { return unfitValue(x.(driver.Value)) || !x.(driver.Value).Exists() }),
	as(func(g *generator) driver.Doc { return g.doc(3) }, driver.IdenticalDocs).unless(func(x any) bool { return unfitDoc(x.(driver.Doc)) }),
	as(func(g *generator) atomicsession.JSON[json.RawMessage] { return whole(g.rawMessage()) },
		func(a, b atomicsession.JSON[json.RawMessage]) bool {
			return string(orNull(a.Value)) == string(orNull(b.Value))
		}),
	as(func(g *generator) atomicsession.JSON[map[string]any] { return whole(g.claims(2)) },
		func(a, b atomicsession.JSON[map[string]any]) bool { return sameTree(a.Value, b.Value) }).
		unless(func(x any) bool { return unfitClaim(x.(atomicsession.JSON[map[string]any]).Value) }),
	as(func(g *generator) atomicsession.JSON[any] { return whole(g.claim(2)) },
		func(a, b atomicsession.JSON[any]) bool { return sameTree(a.Value, b.Value) }).
		unless(func(x any) bool { return unfitClaim(x.(atomicsession.JSON[any]).Value) }),
	as(func(g *generator) atomicsession.JSON[string] { return whole(g.str()) }, nil),
	as[atomicsession.JSON[[]time.Time]](nil, func(a, b atomicsession.JSON[[]time.Time]) bool {
		x, errX := json.Marshal(a)
		y, errY := json.Marshal(b)
		return errX == nil && errY == nil && string(x) == string(y)
	}),
	as[atomicsession.JSON[struct {
		A uint64 `json:"a.b"`
		B []byte `json:"$b,omitempty"`
	}]](nil, nil),
}

var namedTypes = func() map[reflect.Type]namedType {
	types := map[reflect.Type]namedType{}
	for _, n := range named {
		types[n.typ] = n
	}
	return types
}()

func whole[T any](v T) atomicsession.JSON[T] { return atomicsession.JSON[T]{Value: v} }

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}

var addresses = []netip.Addr{
	{},
	netip.MustParseAddr("::"), netip.MustParseAddr("1.2.3.4"), netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("::ffff:1.2.3.4"),
	netip.MustParseAddr("2001:db8::ff"),
}

func randomURL(g *generator) url.URL {
	u, err := url.Parse(pick(g, []string{"", "https://example.org/a%2Fb?q=1&r=%20#f", "mailto:a@b", "//h:80", "/p a/é", "http://[::1]/", "x:?"}))
	if err != nil {
		panic(err)
	}
	return *u
}

func randomInt(g *generator) big.Int {
	n := new(big.Int).SetUint64(g.Uint64())
	n.Lsh(n, uint(g.IntN(100))).Rsh(n, uint(g.IntN(100)))
	if g.oneIn(2) {
		n.Neg(n)
	}
	return *n
}

func randomBigFloat(g *generator) big.Float {
	precision := uint(g.IntN(64) + 1)
	if g.oneIn(8) {
		precision = 200 // of which the text form keeps 64 bits
	}
	f := new(big.Float).SetPrec(precision).SetInt64(g.integer(64))
	return *f.Quo(f, big.NewFloat(float64(g.IntN(9)+1)))
}

// number returns a number of any size and precision in JSON.
func (g *generator) number() string {
	digits := func(n int) string {
		b := []byte{byte('1' + g.IntN(9))}
		for range g.IntN(n) {
			b = append(b, byte('0'+g.IntN(10)))
		}
		return string(b)
	}
	n := pick(g, []string{"", "-"}) + pick(g, []string{"0", digits(3), digits(25)})
	if g.oneIn(2) {
		n += "." + pick(g, []string{"0", "10", digits(3), "00" + digits(25)})
	}
	if g.oneIn(4) {
		n += pick(g, []string{"e", "E"}) + pick(g, []string{"", "+", "-"}) + digits(3)
	}
	return n
}

// rawMessage returns JSON in any spelling.
func (g *generator) rawMessage() json.RawMessage {
	if g.oneIn(8) {
		return nil
	}
	return json.RawMessage(g.space() + g.json(3) + g.space())
}

func (g *generator) space() string { return pick(g, []string{"", "", " ", "\n\t"}) }

func (g *generator) json(depth int) string {
	n := 6
	if depth == 0 {
		n = 4
	}
	switch g.IntN(n) {
	case 0:
		return pick(g, []string{"null", "true", "false"})
	case 1, 2:
		return g.number()
	case 3:
		return pick(g, []string{`""`, `"a"`, `"\u00e9\/\n"`, `"<&>"`, `"😀"`, `"\ud83d\ude00"`, "\"\u2028\"", `"\ufffd"`})
	case 4:
		return "[" + g.space() + g.json(depth-1) + "," + g.json(depth-1) + "]"
	}
	members, names := []string{}, []string{`"b"`, `"a"`, `"\u0061b"`, `"$date"`, `"x.y"`, `""`, `"\u0000"`, `"é"`}
	for range g.IntN(3) {
		i := g.IntN(len(names))
		members = append(members, g.space()+names[i]+": "+g.json(depth-1))
		names = append(names[:i:i], names[i+1:]...)
	}
	return "{" + strings.Join(members, ",") + "}"
}

// claims are a document from elsewhere, with names that no path could reach.
func (g *generator) claims(depth int) map[string]any {
	c := map[string]any{}
	for range g.IntN(4) {
		c[pick(g, []string{"sub", "https://app/roles", "", "$x", "a.b", "\x00", "exp"})] = g.claim(depth - 1)
	}
	return c
}

func (g *generator) claim(depth int) any {
	switch g.IntN(7) {
	case 0:
		return nil
	case 1:
		return g.oneIn(2)
	case 2:
		return g.float()
	case 3:
		return g.integer(64)
	case 4:
		return g.str()
	case 5:
		if depth > 0 {
			return []any{g.claim(depth - 1), g.claim(depth - 1)}
		}
	case 6:
		if depth > 0 {
			return g.claims(depth)
		}
	}
	return "x"
}
