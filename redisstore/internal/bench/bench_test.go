package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// visitor is a browser with a session: it sends requests that each write one small field.
type visitor struct {
	handler http.Handler
	cookies []*http.Cookie
}

func (v *visitor) get(path string) error {
	r := httptest.NewRequest("GET", path, nil)
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		return fmt.Errorf("status %d: %s", w.Code, w.Body)
	}
	if c := w.Result().Cookies(); len(c) > 0 {
		v.cookies = c
	}
	return nil
}

// BenchmarkWrite has 16 clients write one field each of sessions of several sizes.
func BenchmarkWrite(b *testing.B) {
	url := server(b)
	for _, size := range []int{2, 20, 200} {
		filler := strings.Repeat("x", size<<10/fields)
		for _, c := range []struct {
			name    string
			handler func(testing.TB, string, string) http.Handler
		}{{"atomicsession", ours}, {"scs", theirs}} {
			b.Run(fmt.Sprintf("size=%dKB/%s", size, c.name), func(b *testing.B) {
				handler := c.handler(b, url, filler)
				visitors := make([]*visitor, 16)
				for i := range visitors {
					visitors[i] = &visitor{handler: handler}
					if err := visitors[i].get("/fill"); err != nil {
						b.Fatal(err)
					}
				}
				var next atomic.Int64
				var done sync.WaitGroup
				b.ReportAllocs()
				b.ResetTimer()
				for _, v := range visitors {
					done.Go(func() {
						for next.Add(1) <= int64(b.N) {
							if err := v.get("/write"); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				done.Wait()
			})
		}
	}
}
