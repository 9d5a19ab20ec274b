package crowd

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	servers  = 3
	requests = 30 // of each visitor at once
	together = 10 // visitors at once
	every    = 20 // visitors a server is killed
)

// TestMove moves visitors out of each library.
func TestMove(t *testing.T) {
	for _, library := range []string{"scs", "gorilla"} {
		t.Run(library, func(t *testing.T) { move(t, library) })
	}
}

func move(t *testing.T, library string) {
	began := time.Now()
	c := config{
		Old: library, Store: *newStore, Redis: redisURL, Postgres: postgresURL, Place: fmt.Sprintf("crowd_%s_%d", library, began.UnixNano()),
	}
	before, err := openOld(&c)
	if err != nil {
		t.Fatal(err)
	}
	defer before.close()
	defer browser.CloseIdleConnections()
	crowd := signIn(t, before)
	if n, err := before.stored(); err != nil || library == "scs" && n != len(crowd) {
		t.Fatalf("the old application keeps %d sessions of %d visitors, error %v", n, len(crowd), err)
	}
	f := newFleet(t, c, servers)
	var s sums
	visit(t, f, crowd)
	judge(t, f, before, crowd, &s)
	s.seconds = time.Since(began).Seconds()
	fmt.Printf("%s to %s: %v\n", library, c.Store, &s)
	if s.signedOut != 0 || s.twice != 0 || s.lost != 0 {
		t.Errorf("visitors signed out: %d, imported twice: %d, changes lost: %d; want none", s.signedOut, s.twice, s.lost)
	}
	if s.killed == 0 {
		t.Error("no request has met the end of its server")
	}
}

// signIn has everybody sign in at the old application.
func signIn(t *testing.T, before *old) (crowd []*visitor) {
	t.Helper()
	server := httptest.NewServer(before.signIn)
	defer server.Close()
	for number := range *visitors {
		v, err := arrive(t.Context(), number, strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, v)
	}
	return crowd
}

// visit has the visitors make their first requests. Every so often the server that all requests of one go to is killed meanwhile.
func visit(t *testing.T, f *fleet, crowd []*visitor) {
	t.Helper()
	victims := make(chan *server, len(crowd))
	places := make(chan struct{}, together)
	var all sync.WaitGroup
	for _, v := range crowd {
		all.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			if v.number%every == 1 {
				victims <- f.pick(v.number)
			}
			if err := v.visit(t.Context(), f, requests); err != nil {
				t.Error(err)
			}
		})
	}
	go func() {
		all.Wait()
		close(victims)
	}()
	for victim := range victims {
		time.Sleep(rand.N(200 * time.Millisecond)) // in which a visitor is imported
		f.kill(victim)
	}
}
