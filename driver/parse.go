package driver

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxParseDepth bounds the recursion on hostile text. It is above every depth a document can reach, [maxDepth].
const maxParseDepth = 200

// ParseValue reads the text form of a value (see [Value.AppendTo]). White space is allowed as in JSON, names may come
// in any order, and a date may have any offset and precision that [time.Parse] takes for RFC 3339. Everything else that AppendTo could
// not have written is an error matching [ErrValue]: it says what is wrong and at which byte, never what the text holds.
func ParseValue(text string) (Value, error) { return parse(text, false) }

func parse(text string, plain bool) (Value, error) {
	if !utf8.ValidString(text) {
		return Value{}, wrap(ErrValue, "text is not UTF-8")
	}
	p := parser{text: text, plain: plain}
	v, err := p.value(0)
	if err != nil {
		return Value{}, err
	}
	if p.space(); p.pos != len(text) {
		return Value{}, p.fail("text goes on after the value")
	}
	return v, nil
}

// ParseDoc reads the text form of an object.
func ParseDoc(text string) (Doc, error) {
	v, err := ParseValue(text)
	if err != nil {
		return Doc{}, err
	}
	if v.kind != Object {
		return Doc{}, wrap(ErrValue, "not an object but "+v.kind.String())
	}
	return v.Doc(), nil
}

type parser struct {
	text  string
	pos   int
	plain bool // the text is JSON and not a text form: see ParseJSON
	// What the arrays and objects under way hold so far, each after the one it is inside, so that a finished one takes
	// no more memory than it needs.
	elems  []Value
	fields []Field
}

func (p *parser) fail(what string) error {
	return wrap(ErrValue, what+" at byte "+strconv.Itoa(p.pos))
}

func (p *parser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

// accept skips white space, and c if it comes next.
func (p *parser) accept(c byte) bool {
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) value(depth int) (Value, error) {
	if depth > maxParseDepth {
		return Value{}, p.fail("nested too deeply")
	}
	p.space()
	if p.pos == len(p.text) {
		return Value{}, p.fail("text ends where a value should be")
	}
	switch c := p.text[p.pos]; {
	case c == '"':
		s, err := p.str()
		return StringValue(s), err
	case c == '[':
		return p.array(depth)
	case c == '{':
		return p.object(depth)
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	}
	for _, l := range literals {
		if strings.HasPrefix(p.text[p.pos:], l.word) {
			p.pos += len(l.word)
			return l.value, nil
		}
	}
	return Value{}, p.fail("no value")
}

var literals = [...]struct {
	word  string
	value Value
}{{"null", NullValue}, {"true", BoolValue(true)}, {"false", BoolValue(false)}}

func (p *parser) array(depth int) (Value, error) {
	p.pos++
	if p.accept(']') {
		return ArrayValue(), nil
	}
	start := len(p.elems)
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		p.elems = append(p.elems, v)
		switch {
		case p.accept(']'):
			elems := slices.Clone(p.elems[start:])
			p.elems = p.elems[:start]
			return ArrayValue(elems...), nil
		case !p.accept(','):
			return Value{}, p.fail("no ',' or ']'")
		}
	}
}

func (p *parser) object(depth int) (Value, error) {
	from := p.pos
	p.pos++
	if p.accept('}') {
		return ObjectValue(Doc{}), nil
	}
	start := len(p.fields)
	for {
		if p.space(); p.pos == len(p.text) || p.text[p.pos] != '"' {
			return Value{}, p.fail("no name")
		}
		name, err := p.str()
		if err != nil {
			return Value{}, err
		}
		if !p.accept(':') {
			return Value{}, p.fail("no ':'")
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		p.fields = append(p.fields, Field{name, v})
		if p.accept('}') {
			break
		}
		if !p.accept(',') {
			return Value{}, p.fail("no ',' or '}'")
		}
	}
	fields := p.fields[start:]
	p.fields = p.fields[:start]
	if len(fields) == 1 && fields[0].Value.kind == String && !p.plain {
		switch text := fields[0].Value.str; fields[0].Name {
		case dateName:
			return p.date(text)
		case binaryName:
			return p.binary(text)
		case jsonName:
			if !isJSON(text) {
				return Value{}, p.fail("$json is not JSON")
			}
			return JSONValue(text), nil
		}
	}
	for _, f := range fields {
		if err := checkName(f.Name, Limits{Name: len(p.text)}, ErrValue); err != nil {
			if p.plain {
				return JSONValue(p.text[from:p.pos]), nil
			}
			return Value{}, p.fail("malformed name before the '}'")
		}
	}
	d, err := NewDoc(slices.Clone(fields)...)
	if err != nil {
		return Value{}, p.fail("name given twice before the '}'")
	}
	return ObjectValue(d), nil
}

func (p *parser) date(text string) (Value, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return Value{}, p.fail("$date is not RFC 3339")
	}
	v := TimeValue(t)
	return v, v.check(Limits{})
}

func (p *parser) binary(text string) (Value, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodedLen(len(b)) != len(text) { // the decoder skips line breaks
		return Value{}, p.fail("$binary is not base64")
	}
	return BytesValue(b), nil
}

// str reads a JSON string. One without escapes shares the memory of the text.
func (p *parser) str() (string, error) {
	rest := p.text[p.pos+1:]
	end := strings.IndexByte(rest, '"')
	switch {
	case end < 0:
		return "", p.fail("string without end")
	case strings.IndexByte(rest[:end], '\\') >= 0:
		return p.escaped()
	case hasControl(rest[:end]):
		return "", p.fail("control character in a string")
	}
	p.pos += end + 2
	return rest[:end], nil
}

// hasControl reports whether s holds a control character of ASCII. It looks at eight bytes at a time: one that is below ' '
// borrows from its highest bit.
func hasControl(s string) bool {
	const each = 0x0101010101010101
	b := []byte(s) // not copied: it is only read
	for ; len(b) >= 8; b = b[8:] {
		if w := binary.NativeEndian.Uint64(b); (w-' '*each)&^w&(0x80*each) != 0 {
			return true
		}
	}
	return slices.ContainsFunc(b, func(c byte) bool { return c < ' ' })
}

// escaped leaves the rare string with escapes to encoding/json, but for lone surrogates: it would replace them.
func (p *parser) escaped() (string, error) {
	end := p.pos + 1
	replacements := 0 // escapes of U+FFFD itself
	for end < len(p.text) && p.text[end] != '"' {
		if p.text[end] == '\\' {
			if strings.EqualFold(p.text[end:min(end+6, len(p.text))], `\ufffd`) {
				replacements++
			}
			end++
		}
		end++
	}
	if end >= len(p.text) {
		return "", p.fail("string without end")
	}
	quoted := p.text[p.pos : end+1]
	var s string
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		return "", p.fail("malformed string")
	}
	if strings.Count(s, "\uFFFD") > strings.Count(quoted, "\uFFFD")+replacements {
		return "", p.fail("lone surrogate in a string")
	}
	p.pos = end + 1
	return s, nil
}
