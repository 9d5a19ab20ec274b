package redisstore

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestArithmetic has the script calculate with numbers of every size, and compares with what the driver says.
func TestArithmetic(t *testing.T) {
	s := newStore(t, address, Options{})
	ctx := context.Background()
	k, now := create(t, s, "", `{}`)
	r := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 4000 {
		a, b := storetest.Number(r), storetest.Number(r)
		op := []driver.Op{
			driver.Inc{Path: "n", By: b},
			driver.Mul{Path: "n", By: b},
			driver.Min{Path: "n", Value: b},
			driver.Bit{Path: "n", Do: driver.BitAnd + driver.BitOp(r.IntN(3)), With: b.Int()},
		}[r.IntN(4)]
		if _, err := s.Update(ctx, now, k, &driver.Update{Ops: []driver.Op{driver.Set{Path: "n", Value: a}}}); err != nil {
			t.Fatal(err)
		}
		u := &driver.Update{Ops: []driver.Op{op}}
		want, _, wantErr := driver.Eval(t.Context(), driver.Doc{}.With("n", a), u, now)
		got, err := s.Update(ctx, now, k, u)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("%s %s %s: error %v, want %v", a.Text(), op.Name(), b.Text(), err, wantErr)
		}
		if err != nil {
			continue
		}
		stored, err := s.client.Do(ctx, s.client.B().Hget().Key(s.sessionKey(k.ID)).Field("n").Build()).ToString()
		if err != nil {
			t.Fatal(err)
		}
		if w := want.Get("n"); !driver.Identical(got.Fields.Get("n"), w) || stored != w.Text() {
			t.Fatalf("%s %s %s: returned %s and stored %s, want %s", a.Text(), op.Name(), b.Text(), got.Fields.Get("n").Text(), stored, w.Text())
		}
	}
}
