package atomicsession

import (
	"net/http"
	"strings"
)

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
