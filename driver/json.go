package driver

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseJSON returns the value that text is the JSON of (RFC 8259), which is not its text form: {"$date":"…"} is an object here.
// A number is an Int if it is one of 64 bits, a Float if the shortest text of a float64 has the same value (0.1, 1.10, 1e3).
// What no other kind can hold to the last digit, and an object with a name that no path could reach, is of kind [JSON] with just
// that part of text. Text that is not JSON in UTF-8, that gives a name twice, holds half of a surrogate pair or is nested 200
// levels deep is an error matching [ErrValue], which never holds the text.
func ParseJSON(text string) (Value, error) { return parse(text, true) }

func isJSON(text string) bool { return utf8.ValidString(text) && json.Valid([]byte(text)) }

// EqualNumbers reports whether two numbers in JSON have the same value, whatever digits and exponents it is written with. Beyond a
// power of ten of a million it compares the texts.
func EqualNumbers(a, b string) bool {
	x, xExp, okX := decimal(a)
	y, yExp, okY := decimal(b)
	return a == b || okX && okY && x == y && xExp == yExp
}

// decimal returns a number in JSON as digits without zeros at either end, with the sign in front, and the power of ten that
// they are multiplied by; false if that power is out of bounds.
func decimal(text string) (digits string, exponent int, ok bool) {
	mantissa, power, hasPower := strings.Cut(strings.ToLower(text), "e")
	unsigned, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	all := strings.TrimLeft(whole+fraction, "0")
	if digits = strings.TrimRight(all, "0"); digits == "" {
		return "", 0, true
	}
	if hasPower {
		var err error
		if exponent, err = strconv.Atoi(power); err != nil || exponent > 1e6 || exponent < -1e6 {
			return "", 0, false
		}
	}
	exponent += len(all) - len(digits) - len(fraction)
	if negative {
		digits = "-" + digits
	}
	return digits, exponent, true
}
