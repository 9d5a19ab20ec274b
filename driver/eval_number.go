package driver

import "math"

// numberOf returns a number as a float64, rounding an Int above 2^53 as every store does.
func numberOf(v Value) float64 {
	if v.kind == Int {
		return float64(v.Int())
	}
	return v.Float()
}

func checkNumbers(field, operand Value) error {
	if !field.IsNumber() {
		return wrap(ErrType, "the field is not a number but "+field.kind.String())
	}
	if !operand.IsNumber() {
		return wrap(ErrType, "the operand is not a number but "+operand.kind.String())
	}
	return nil
}

func add(a, b Value) (Value, error) {
	if err := checkNumbers(a, b); err != nil {
		return Value{}, err
	}
	if a.kind == Float || b.kind == Float {
		return finite(numberOf(a) + numberOf(b))
	}
	x, y := a.Int(), b.Int()
	sum := x + y
	if (sum > x) != (y > 0) && y != 0 {
		return Value{}, wrap(ErrOverflow, "outside the int64 range")
	}
	return IntValue(sum), nil
}

func multiply(a, b Value) (Value, error) {
	if err := checkNumbers(a, b); err != nil {
		return Value{}, err
	}
	if a.kind == Float || b.kind == Float {
		return finite(numberOf(a) * numberOf(b))
	}
	x, y := a.Int(), b.Int()
	product := x * y
	if x != 0 && (product/x != y || x == -1 && y == math.MinInt64) {
		return Value{}, wrap(ErrOverflow, "outside the int64 range")
	}
	return IntValue(product), nil
}

func finite(f float64) (Value, error) {
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
