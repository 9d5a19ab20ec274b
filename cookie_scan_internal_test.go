package atomicsession

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// FuzzCookieValue compares with what net/http reads.
func FuzzCookieValue(f *testing.F) {
	for _, line := range []string{
		"sid=a", "sid=a; sid=b", " sid = a ;\tsid=\"b\"\t;x", "sid", "sid=", "sid=\"", "sid=\"\"", "sid=a\"b", "sid=a=b; SID=c", "a=1;; ;sid=x y ", "sid=\x7f", "sid=é",
		"sid =a", "=sid", "sid=a,b; sid=\\", "sid=\xff", "sid=\"a b\" ; sid=\" ", "\nsid=a\r\n",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Count(line, ";") > 1000 { // net/http reads none of too many
			return
		}
		var want, got []string
		for _, c := range (&http.Request{Header: http.Header{"Cookie": {line}}}).CookiesNamed("sid") {
			want = append(want, c.Value)
		}
		for pair := range strings.SplitSeq(line, ";") {
			if value, ok := cookieValue(pair, "sid"); ok {
				got = append(got, value)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	})
}
