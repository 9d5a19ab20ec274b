package foreigntypes

import (
	"encoding/json"
	"math"
	"math/big"

	"github.com/Rhymond/go-money"
	"github.com/bojanz/currency"
	"github.com/cockroachdb/apd/v3"
	bigdec "github.com/ericlagergren/decimal"
	gov "github.com/govalues/decimal"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"
	"k8s.io/apimachinery/pkg/api/resource"
)

// Numbers that no float64 holds.
const (
	manyDigits = "123456789012345.6789"
	bigInteger = "123456789012345678901234567890"
	manyBoth   = "-98765432109876543210987654321.000000000000000000012345"
)

func decimalTypes() []row {
	d := decimal.RequireFromString
	a := func(s string) *apd.Decimal { return must(first(apd.NewFromString(s))) }
	i := func(s string) *big.Int { return parsed(new(big.Int).SetString(s, 10)) }
	r := func(s string) *big.Rat { return parsed(new(big.Rat).SetString(s)) }
	f := func(s string) *big.Float { return must(first(big.ParseFloat(s, 10, 64, big.ToNearestEven))) }
	e := func(s string) *bigdec.Big { return parsed(new(bigdec.Big).SetString(s)) }
	return []row{
		of(d(manyDigits), d(bigInteger), d(manyBoth), d("1.50"), d("1e30"), d("-0.1")).by(decimal.Decimal.Equal),
		of(new(decimal.Decimal), new(d(manyDigits))).by(byText),
		of(decimal.NewNullDecimal(d(manyDigits)), decimal.NewNullDecimal(decimal.Zero)).by(func(a, b decimal.NullDecimal) bool {
			return a.Valid == b.Valid && a.Decimal.Equal(b.Decimal)
		}),
		of(*a(manyDigits), *a(bigInteger), *a(manyBoth), *a("1.50"), *a("-Infinity")).by(byTextOf),
		of(new(apd.Decimal), a(manyDigits), a(bigInteger), a("1.50"), a("1E+30")).by(byText),
		of(new(apd.BigInt), apd.NewBigInt(math.MinInt64), new(apd.BigInt).SetMathBigInt(i(bigInteger))).by(byText),
		of(apd.NullDecimal{Decimal: *a(manyDigits), Valid: true}, apd.NullDecimal{Valid: true}).by(func(a, b apd.NullDecimal) bool {
			return a.Valid == b.Valid && a.Decimal.String() == b.Decimal.String()
		}),
		of(gov.MustParse(manyDigits), gov.MustParse("-0.10"), gov.MustParse("9999999999999999999")),
		of(gov.NullDecimal{Decimal: gov.MustParse(manyDigits), Valid: true}, gov.NullDecimal{Valid: true}),
		of(new(bigdec.Big), e(manyDigits), e(bigInteger), e("1.50")).by(byText),
		of(*uint256.MustFromDecimal(bigInteger), *new(uint256.Int).SetAllOne()),
		of(new(uint256.Int), uint256.MustFromDecimal(bigInteger), new(uint256.Int).SetAllOne()),
		of(*i("42"), *i(bigInteger), *i("-" + bigInteger)).by(byTextOf),
		of(new(big.Int), i("9223372036854775808"), i(bigInteger), i("-"+bigInteger)).by(byText),
		of(new(big.Rat), r("-1/3"), r(bigInteger+"/7")).by(byText),
		// Its text does not tell the precision, and is read with the default one.
		of(new(big.Float), f("0.1"), f(manyDigits), f("-1e1000")).by(func(a, b *big.Float) bool { return a.Cmp(b) == 0 }),
		of(*money.New(math.MaxInt32, money.EUR), *money.New(-1, money.JPY)),
		of(money.New(0, money.EUR), money.New(123456789012345, money.USD)),
		// An amount without a currency is one that the type itself does not read back.
		nonzero(must(currency.NewAmount("0", "JPY")), must(currency.NewAmount(manyDigits, "EUR"))).by(currency.Amount.Equal),
		of(currency.NewLocale("sr-Latn-RS"), currency.NewLocale("de")),
		of(resource.MustParse("1500m"), resource.MustParse("8Gi"), resource.MustParse("9999999999999999999")).by(byTextOf),
		of(json.Number("0"), "-1", "0.1", manyDigits, bigInteger, manyBoth, "1e400", "1.50").by(byJSON),
	}
}
