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
	return arithmetic(a, b, func(x, y float64) float64 { return x + y }, func(x, y int64) (sum int64, fits bool) {
		sum = x + y
		return sum, (sum > x) == (y > 0) || y == 0
	})
}

func multiply(a, b Value) (Value, error) {
	return arithmetic(a, b, func(x, y float64) float64 { return x * y }, func(x, y int64) (product int64, fits bool) {
		product = x * y
		return product, x == 0 || product/x == y && (x != -1 || y != math.MinInt64)
	})
}

func arithmetic(field, operand Value, floats func(x, y float64) float64, ints func(x, y int64) (int64, bool)) (Value, error) {
	if !field.IsNumber() {
		return Value{}, wrap(ErrType, "the field is not a number but "+field.kind.String())
	}
	if field.kind == Int && operand.kind == Int {
		i, fits := ints(field.Int(), operand.Int())
		if !fits {
			return Value{}, wrap(ErrOverflow, "outside the int64 range")
		}
		return IntValue(i), nil
	}
	f := floats(numberOf(field), numberOf(operand))
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return Value{}, wrap(ErrOverflow, "outside the float64 range")
	}
	return FloatValue(f), nil
}

func bitwise(field Value, o Bit) (Value, error) {
	if field.kind != Int {
		return Value{}, wrap(ErrType, "the field is not an int but "+field.kind.String())
	}
	switch i := field.Int(); o.Do {
	case And:
		return IntValue(i & o.With), nil
	case Or:
		return IntValue(i | o.With), nil
	case Xor:
		return IntValue(i ^ o.With), nil
	}
	return Value{}, wrap(ErrValue, "no bitwise operation")
}
