package driver

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// number reads a number: exactly or, in a text form, to the nearest float64.
func (p *parser) number() (Value, error) {
	start := p.pos
	for p.pos < len(p.text) && inNumber(p.text[p.pos]) {
		p.pos++
	}
	text := p.text[start:p.pos]
	digits := strings.TrimPrefix(text, "-")
	if len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return Value{}, p.fail("number with a leading zero")
	}
	if whole := !strings.ContainsAny(text, ".eE"); whole {
		i, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			return IntValue(i), nil
		}
		if !p.plain {
			return Value{}, p.fail("integer outside the int64 range")
		}
	}
	if !json.Valid([]byte(text)) { // strconv takes more than JSON does, such as "1." and ".5"
		return Value{}, p.fail("malformed number")
	}
	f, _ := strconv.ParseFloat(text, 64) // infinite if text is outside the range, and no other error is possible
	switch {
	case p.plain && !EqualNumbers(text, strconv.FormatFloat(f, 'e', -1, 64)): // its shortest text has another value
		return JSONValue(text), nil
	case math.IsInf(f, 0):
		return Value{}, p.fail("number outside the float64 range")
	}
	return FloatValue(f), nil
}

func inNumber(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E'
}
