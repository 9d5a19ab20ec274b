package driver

import "math"

// numberOf returns a number as a float64, rounding an Int above 2^53 as every store does.
func numberOf(v Value) float64 {
	if v.kind == Int {
		return float64(v.Int())
	}
	return v.Float()
}

func add(a, b Value) (Value, error) {
	x, y := a.Int(), b.Int()
	sum := x + y
	return result(a, b, numberOf(a)+numberOf(b), sum, (sum > x) == (y > 0) || y == 0)
}

func multiply(a, b Value) (Value, error) {
	x, y := a.Int(), b.Int()
	product := x * y
	return result(a, b, numberOf(a)*numberOf(b), product, x == 0 || product/x == y && (x != -1 || y != math.MinInt64))
}

// result returns i, which may not fit, if field and operand are of kind Int, else f.
func result(field, operand Value, f float64, i int64, fits bool) (Value, error) {
	switch {
	case !field.IsNumber():
		return Value{}, wrap(ErrType, "the field is not a number but "+field.kind.String())
	case field.kind == Float || operand.kind == Float:
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return Value{}, wrap(ErrOverflow, "outside the float64 range")
		}
		return FloatValue(f), nil
	case !fits:
		return Value{}, wrap(ErrOverflow, "outside the int64 range")
	}
	return IntValue(i), nil
}

func bitwise(field Value, o Bit) (Value, error) {
	if field.kind != Int {
		return Value{}, wrap(ErrType, "the field is not an int but "+field.kind.String())
	}
	switch i := field.Int(); o.Do {
	case BitAnd:
		return IntValue(i & o.With), nil
	case BitOr:
		return IntValue(i | o.With), nil
	case BitXor:
		return IntValue(i ^ o.With), nil
	}
	return Value{}, wrap(ErrValue, "no bitwise operation")
}
