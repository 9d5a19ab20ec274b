package demo

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// TestManyNames reads requests with many distinct names, in every place that takes some: the time grows with the size and not with
// its square. Eight times the size is eight times the time then, and sixty-four times otherwise.
func TestManyNames(t *testing.T) {
	const few, times = 2000, 8
	for _, tc := range []struct{ name, before, each, after string }{
		{"unknown fields", `{`, `"name%d":1`, `}`},
		{"fields of an operation", `{"ops":[{"op":"set",`, `"name%d":1`, `}]}`},
		{"value", `{"ops":[{"op":"set","path":"x","value":{`, `"name%d":1`, `}}]}`},
		{"where", `{"ops":[{"op":"pull","path":"x","where":{`, `"name%d":{"gt":1}`, `}}]}`},
		{"sort", `{"ops":[{"op":"push","path":"x","each":[],"sort":{`, `"name%d":1`, `}}]}`},
		{"operations", `{"ops":[`, `{"op":"inc","path":"name%d","value":1}`, `]}`},
		{"conditions", `{"if":[`, `{"path":"name%d","gt":1}`, `]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			took := func(n int) time.Duration {
				parts := make([]string, n)
				for i := range parts {
					parts[i] = fmt.Sprintf(tc.each, i)
				}
				body := []byte(tc.before + strings.Join(parts, ",") + tc.after)
				best := time.Hour
				for range 5 { // the machine may be busy with something else in some of them
					begun := time.Now()
					var request updateRequest
					if err := parseBody(body, &request); err == nil {
						_, _, err = request.changes()
						_, _ = fmt.Fprint(io.Discard, err)
					}
					best = min(best, time.Since(begun))
				}
				return best
			}
			if small, large := took(few), took(few*times); large > small*times*3 {
				t.Errorf("%d names took %v, %d took %v", few, small, few*times, large)
			}
		})
	}
}
