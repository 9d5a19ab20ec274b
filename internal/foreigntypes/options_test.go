package foreigntypes

import (
	"math"
	"time"

	optnull "github.com/aarondl/opt/null"
	"github.com/aarondl/opt/omit"
	"github.com/aarondl/opt/omitnull"
	"github.com/moznion/go-optional"
	"github.com/samber/mo"
	"github.com/shopspring/decimal"
)

type address struct {
	Street string    `json:"street,omitempty"`
	Since  time.Time `json:"since"`
	Flags  []string  `json:"flags"`
}

func optionTypes() []row {
	now := time.Date(2026, 3, 1, 12, 0, 0, 250e6, time.UTC)
	home := address{"Long Road 1", now, []string{"home"}}
	return []row{
		of(mo.Some(0), mo.Some(math.MinInt), mo.None[int]()),
		of(mo.Some(uint64(math.MaxUint64)), mo.None[uint64]()),
		of(mo.Some(""), mo.Some("text"), mo.None[string]()),
		of(mo.Some(home), mo.None[address]()),
		of(mo.Ok(1.5), mo.Ok(2.0)),
		of(optional.Some(""), optional.Some("text"), optional.None[string]()),
		of(optional.Some(home), optional.None[address]()),
		of(optnull.From(0), optnull.From(math.MaxInt)),
		of(optnull.From(home)),
		of(optnull.From(decimal.RequireFromString(manyDigits))).by(func(a, b optnull.Val[decimal.Decimal]) bool {
			return a.IsNull() == b.IsNull() && a.GetOrZero().Equal(b.GetOrZero())
		}),
		// It says itself that it needs omitzero to tell nothing from null.
		nonzero(omit.From(""), omit.From("text")),
		nonzero(omitnull.From(0), omitnull.From(-1), omitnull.FromPtr[int](nil)),
	}
}
