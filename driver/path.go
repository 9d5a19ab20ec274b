package driver

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Path names a place in a document: segments joined by dots, as in MongoDB ("cart.items.0.qty"). A segment is the
// name of an object's field or, where the walk meets an array, a decimal index without leading zeros.
type Path string

// Cut returns the first segment and what follows its dot.
func (p Path) Cut() (segment string, rest Path) {
	s, r, _ := strings.Cut(string(p), ".")
	return s, Path(r)
}

// Top returns the first segment: the top-level field that p leads into.
func (p Path) Top() string {
	s, _ := p.Cut()
	return s
}

// Len returns the number of segments.
func (p Path) Len() int { return strings.Count(string(p), ".") + 1 }

// join returns the path that leads on from p as q does. Either may be empty.
func (p Path) join(q Path) Path {
	if p == "" || q == "" {
		return p + q
	}
	return p + "." + q
}

// after returns the rest of p, which begins with q.
func (p Path) after(q Path) Path {
	if q == "" {
		return p
	}
	return p[min(len(p), len(q)+1):]
}

// overlaps reports whether p and q are the same path or one is a prefix of the other.
func (p Path) overlaps(q Path) bool {
	if len(p) > len(q) {
		p, q = q, p
	}
	return strings.HasPrefix(string(q), string(p)) && (p == "" || len(p) == len(q) || q[len(p)] == '.')
}

// compare orders paths segment by segment: indexes by number, before names.
func (p Path) compare(q Path) int {
	for p != "" && q != "" {
		var a, b string
		a, p = p.Cut()
		b, q = q.Cut()
		i, aIsIndex := Index(a)
		j, bIsIndex := Index(b)
		c := strings.Compare(a, b)
		switch {
		case aIsIndex && bIsIndex:
			c = cmp.Compare(i, j)
		case aIsIndex:
			c = -1
		case bIsIndex:
			c = 1
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(p), len(q))
}

// Check returns an error matching [ErrPath] if p is malformed, [ErrTooLarge] if it passes a limit.
func (p Path) Check(l Limits) error {
	l = l.WithDefaults()
	if n := p.Len(); n > l.Depth {
		return fmt.Errorf("%w: %d segments, at most %d", ErrTooLarge, n, l.Depth)
	}
	for segment := range strings.SplitSeq(string(p), ".") {
		if err := checkName(segment, l, ErrPath); err != nil {
			return err
		}
	}
	return nil
}

// checkName holds field names inside values to the rule for path segments, so that a path reaches every field.
func checkName(name string, l Limits, kind error) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: empty name", kind)
	case len(name) > l.Name:
		return fmt.Errorf("%w: name of %d bytes, at most %d", ErrTooLarge, len(name), l.Name)
	case name[0] == '$':
		return fmt.Errorf("%w: name begins with '$'", kind)
	case strings.IndexByte(name, '.') >= 0, strings.IndexByte(name, 0) >= 0:
		return fmt.Errorf("%w: name contains '.' or NUL", kind)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: name is not UTF-8", kind)
	}
	return nil
}

// Index parses a segment as an array index: decimal, at most nine digits, no sign, no leading zero.
func Index(segment string) (int, bool) {
	if segment == "" || len(segment) > 9 || segment[0] == '0' && len(segment) > 1 {
		return 0, false
	}
	i := 0
	for _, c := range []byte(segment) {
		if c < '0' || c > '9' {
			return 0, false
		}
		i = 10*i + int(c-'0')
	}
	return i, true
}
