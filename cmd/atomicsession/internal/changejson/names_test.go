package changejson

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// manyNames are requests with many distinct names, in every place that takes some, and what is said of them: "" if nothing is
// wrong.
var manyNames = []struct{ name, before, each, after, wrong string }{
	{"unknown fields", `{`, `"name%d":1`, `}`, `body has the unknown field "name0"`},
	{"fields of an operation", `{"ops":[{"op":"set",`, `"name%d":1`, `}]}`, `body.ops[0] has the unknown field "name0"`},
	{"value", `{"ops":[{"op":"set","path":"x","value":{`, `"name%d":1`, `}}]}`, ""},
	{"where", `{"ops":[{"op":"pull","path":"x","where":{`, `"name%d":{"gt":1}`, `}}]}`, ""},
	{"sort", `{"ops":[{"op":"push","path":"x","each":[],"sort":{`, `"name%d":1`, `}}]}`, ""},
	{"operations", `{"ops":[`, `{"op":"inc","path":"name%d","value":1}`, `]}`, ""},
	{"conditions", `{"if":[`, `{"path":"name%d","gt":1}`, `]}`, ""},
}

// manyNamesBody returns a request of at least so many bytes.
func manyNamesBody(before, each, after string, size int) []byte {
	var b strings.Builder
	b.WriteString(before)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, each, i)
	}
	b.WriteString(after)
	return []byte(b.String())
}

// TestManyNames reads large requests: they mean what they say, and what is copied on the way grows with their size and not with
// its square. Eight times the size is sixty-four times as much otherwise.
func TestManyNames(t *testing.T) {
	const size, times = 1 << 18, 8
	for _, tc := range manyNames {
		t.Run(tc.name, func(t *testing.T) {
			copied := func(size int) uint64 {
				body := manyNamesBody(tc.before, tc.each, tc.after, size)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				_, err := Parse("body", body)
				runtime.ReadMemStats(&after)
				if wrong := fmt.Sprint(err); tc.wrong == "" && err != nil || tc.wrong != "" && !strings.Contains(wrong, tc.wrong) {
					t.Fatalf("%.200s, want %q", wrong, tc.wrong)
				}
				return after.TotalAlloc - before.TotalAlloc
			}
			if small, large := copied(size/times), copied(size); large > small*times*2 {
				t.Errorf("%d bytes took %d, %d took %d", size/times, small, size, large)
			}
		})
	}
}

// BenchmarkManyNames shows with its MB/s, which are the same for every size, that the time grows with the size, too.
func BenchmarkManyNames(b *testing.B) {
	for _, tc := range manyNames {
		for _, size := range []int{1 << 14, 1 << 17, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%dKiB", tc.name, size>>10), func(b *testing.B) {
				body := manyNamesBody(tc.before, tc.each, tc.after, size)
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					if _, err := Parse("body", body); (err != nil) != (tc.wrong != "") {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
