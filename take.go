package atomicsession

import (
	"context"
	"net/http"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// Take removes the value at a path and returns it; false if there was none. Among parallel calls one gets it. More
// changes may go with it in the same atomic step. It is one round trip; none for a visitor without a cookie. In a request that
// only prefetches, if [Options] say PrefetchTakesNothing, it finds nothing and leaves everything as it is, the other changes included.
func (s *Session) Take(ctx context.Context, path string, more ...Change) (any, bool, error) {
	return NewKey[any](path).Take(ctx, s, more...)
}

// Take removes the value and returns it, together with more changes in one atomic step; see [Session.Take]. A value that is no
// T is in the [*TypeError] then, and no longer in the session; so are the other changes.
func (k Key[T]) Take(ctx context.Context, s *Session, more ...Change) (T, bool, error) {
	if err := k.readable("take"); err != nil {
		return *new(T), false, err
	}
	res, err := s.update(ctx, "take", append([]Change{operation(driver.Take{Path: driver.Path(k.path)})}, more...))
	if err != nil || !res.Taken[0].Exists() {
		return *new(T), false, err
	}
	return k.decode(ctx, s, "take", res.Taken[0])
}

// isPrefetch reports whether the browser asks for a page that the visitor has not asked for. Browsers of before Sec-Purpose say so
// in other ways.
func isPrefetch(r *http.Request) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range r.Header.Values(name) {
			for token := range strings.FieldsFuncSeq(value, func(r rune) bool { return strings.ContainsRune(`,;" `, r) }) {
				switch strings.ToLower(token) {
				case "prefetch", "prerender", "preview":
					return true
				}
			}
		}
	}
	return false
}
