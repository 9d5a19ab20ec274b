package atomicsession

import (
	"maps"
	"net/http"
	"strings"
)

// restrictCaches keeps a response that depends on a session out of caches. Without a word of the handler's a cache may keep
// some, such as a 410, for as long as it likes (RFC 9111, section 4.2.2). One that must not be stored, whatever the handler said,
// is never used again: it might put an old token over a new one, or show what was meant for a user who has signed out.
func restrictCaches(h http.Header, noStore bool) {
	if noStore {
		maps.DeleteFunc(h, func(name string, _ []string) bool { return beatsCacheControl(name) })
	}
	said := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	switch {
	case noStore && !forbidsStoring(said):
		h.Set("Cache-Control", "no-store")
	case !noStore && said == "" && h.Get("Expires") == "":
		h.Set("Cache-Control", "private, no-cache")
	}
}

// beatsCacheControl reports whether some intermediary takes the word of a header with this name over that of Cache-Control: the targeted
// fields of RFC 9213 (Cloudflare-CDN-Cache-Control and others), and what came before them.
func beatsCacheControl(name string) bool {
	switch name = strings.ToLower(name); name {
	case "surrogate-control", "edge-control", "x-accel-expires", "x-litespeed-cache-control":
		return true
	}
	return strings.HasSuffix(name, "cdn-cache-control")
}

// forbidsStoring reports whether a Cache-Control in lower case says no-store. One with a quoted part, which may hold anything, is not
// worth a parser.
func forbidsStoring(cc string) bool {
	for directive := range strings.SplitSeq(cc, ",") {
		if strings.TrimSpace(directive) == "no-store" {
			return !strings.Contains(cc, `"`) && !strings.Contains(cc, "must-understand") // which may overrule it
		}
	}
	return false
}
