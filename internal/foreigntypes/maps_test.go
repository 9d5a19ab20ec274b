package foreigntypes

import (
	"math"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"golang.org/x/text/language"
)

// Maps with keys and values of other types, as encoding/json takes them.
func mapTypes() []row {
	return []row{
		of(map[string]string{"é": "x", "a b": ""}).but(map[string]string{"example.com": ""}),
		of(map[string]int{"a": math.MinInt}),
		of(map[string]bool{"a": true}),
		of(map[string]uint8{"a": 255}),
		of(map[string][]string{"a": {"b"}, "c": nil, "d": {}}),
		of(map[string]map[string]int{"a": {"b": 1}, "c": {}}),
		of(map[string]struct{}{"a": {}}),
		of(map[int]string{-1: "x", math.MaxInt: ""}),
		of(map[int8][]byte{-128: {0}}),
		of(map[uint64]bool{math.MaxUint64: true}),
		of(map[role]level{"admin": -1}),
		of(map[netip.Addr]time.Time{netip.MustParseAddr("2001:db8::1"): time.Unix(1, 0).UTC()}).
			but(map[netip.Addr]time.Time{netip.MustParseAddr("192.0.2.1"): {}}),
		of(map[language.Tag]string{language.German: "de"}),
		of(map[string]decimal.Decimal{"a": decimal.RequireFromString(manyDigits)}).by(func(a, b map[string]decimal.Decimal) bool {
			return len(a) == len(b) && a["a"].Equal(b["a"])
		}),
		of(map[string]uuid.NullUUID{"a": {}, "b": {UUID: uuid.Max, Valid: true}}),
		of(map[string]*time.Duration{"a": nil, "b": new(time.Hour)}),
	}
}
