package peer

import "testing"

func TestFilling(t *testing.T) {
	for _, size := range []int{200, 2_000, 20_000, 200_000} {
		total := 0
		for _, f := range filling(size) {
			total += len(f.Text)
		}
		if total < size || total > size+size/5 {
			t.Errorf("a session of %d bytes has %d", size, total)
		}
	}
}

func TestNext(t *testing.T) {
	a, b := next(), next()
	if a == b || len(a) != len(b) {
		t.Errorf("%q, %q", a, b)
	}
}
