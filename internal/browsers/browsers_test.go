package browsers

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/cryptotest"
)

const (
	episodes = 300
	steps    = 500
)

// TestBrowsers takes 150,000 steps. BROWSERS_SEED repeats a run.
func TestBrowsers(t *testing.T) {
	seed := rand.Uint64()
	if text := os.Getenv("BROWSERS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("BROWSERS_SEED=%d", seed)
	cryptotest.SetGlobalRandom(t, seed)
	total := newTally()
	for n := range uint64(episodes) {
		w := newWorld(rand.New(rand.NewPCG(seed, n)), total)
		for w.step < steps && len(w.wrong) == 0 {
			w.act()
		}
		w.land()
		if len(w.wrong) > 0 {
			for _, line := range w.trace[max(0, len(w.trace)-60):] {
				t.Log(line)
			}
			t.Fatalf("BROWSERS_SEED=%d, episode %d, %+v, skew %v: %q", seed, n, w.config.Cookie, w.servers[1].skew, w.wrong)
		}
	}
	t.Logf("lost, and happened:\n%s", total)
	if missing := total.missing(); len(missing) > 0 {
		t.Errorf("never happened: %q", missing)
	}
}
