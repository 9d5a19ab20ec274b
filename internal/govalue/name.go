package govalue

import (
	"encoding/hex"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"
)

// AnyName is a map of strings to which any string is a name: what no path could reach is stored as [EncodeName] writes it.
type AnyName interface{ AnyName() }

var anyNameType = reflect.TypeFor[AnyName]()

// public returns t as errors tell of it: an AnyName is known as a map to others.
func public(t reflect.Type) reflect.Type {
	if t.Implements(anyNameType) {
		return reflect.MapOf(t.Key(), t.Elem())
	}
	return t
}

// EncodeName returns the name under which a map stores any string: the string itself, but for a percent sign, a dot, a NUL, a leading
// dollar, bytes that are not UTF-8 and the first of digits alone (an index, to a path), which are a percent sign and two hexadecimal
// digits each. The empty string is a percent sign. Different strings have different names.
func EncodeName(s string) string {
	if s == "" {
		return "%"
	}
	var b strings.Builder
	digits := strings.Trim(s, "0123456789") == ""
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		if r == '%' || r == '.' || r == 0 || i == 0 && (r == '$' || digits) || r == utf8.RuneError && size == 1 {
			b.WriteByte('%')
			b.WriteString(strings.ToUpper(hex.EncodeToString([]byte{s[i]})))
			continue
		}
		b.WriteString(s[i : i+size])
	}
	return b.String()
}

// errName is the error of a name that [EncodeName] has not written.
var errName = errors.New("no name that a Map has written")

// DecodeName reverses EncodeName.
func DecodeName(name string) (string, error) {
	var b strings.Builder
	for rest := name; name != "%" && rest != ""; {
		before, after, found := strings.Cut(rest, "%")
		b.WriteString(before)
		if rest = after; found {
			char, err := hex.DecodeString(after[:min(2, len(after))])
			if err != nil || len(char) == 0 {
				return "", errName
			}
			b.Write(char)
			rest = after[2:]
		}
	}
	if EncodeName(b.String()) != name {
		return "", errName
	}
	return b.String(), nil
}
