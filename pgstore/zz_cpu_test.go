package pgstore

import (
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
)

func TestZZCPU(t *testing.T) {
	b := &testing.B{}
	_ = b
	res := testing.Benchmark(func(b *testing.B) {
		pool := dial(b, with(b, serverURL, "synchronous_commit", "off"), func(c *pgxpool.Config) { c.MaxConns = 1 })
		bb := newBench(b, pool, 2<<10)
		conn, _ := pool.Acquire(b.Context())
		pid := conn.Conn().PgConn().PID()
		conn.Release()
		read := func() (n int64) {
			x, _ := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
			fmt.Sscan(string(x), &n)
			return
		}
		names := []string{"store", "same", "least", "loadsave", "nestedinc", "inc"}
		best := map[string]int64{}
		for r := range 6 {
			for _, n := range names {
				f := map[string]func(i int) error{
					"store":    func(i int) error { return bb.store(b.Context(), bb.keys[i%256], int64(i)) },
					"same":     func(i int) error { return bb.same(b.Context(), bb.keys[i%256], int64(i)) },
					"least":    func(i int) error { return bb.least(b.Context(), bb.keys[i%256], int64(i)) },
					"loadsave": func(i int) error { return bb.loadAndSave(b.Context(), bb.keys[i%256], 1000000+int64(i)) },
					"nestedinc": func(i int) error {
						_, err := bb.s.Update(b.Context(), bb.now, bb.keys[i%256], inc("a.b"))
						return err
					},
					"inc": func(i int) error {
						_, err := bb.s.Update(b.Context(), bb.now, bb.keys[i%256], inc("n"))
						return err
					},
				}[n]
				for i := range 10 {
					f(i)
				}
				at := read()
				for i := range 1500 {
					if err := f(i); err != nil {
						b.Fatal(err)
					}
				}
				d := (read() - at) / 1500
				if r == 0 || d < best[n] {
					best[n] = d
				}
			}
		}
		for _, n := range names {
			fmt.Println(n, best[n], "ns server cpu")
		}
	})
	_ = res
}
