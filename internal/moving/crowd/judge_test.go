package crowd

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// sums are what was seen of a crowd.
type sums struct {
	visitors, requests int
	kills, killed      int // servers, and requests that have met the end of theirs
	returned, imported int // visitors who came back with the old cookie alone, and those of them whom the killed server had imported
	signedOut, twice   int // visitors
	orphans            int // sessions that a kill has left before there was a claim of them
	acknowledged, lost int // changes
	seconds            float64
}

func (s *sums) String() string {
	return fmt.Sprintf("%d visitors, %d requests; %d servers killed with %d requests; %d visitors came back with the old cookie, %d of them "+
		"imported by the killed server; %d signed out; %d imported twice; %d orphans; %d changes acknowledged, %d lost; %.0f s",
		s.visitors, s.requests, s.kills, s.killed, s.returned, s.imported, s.signedOut, s.twice, s.orphans, s.acknowledged, s.lost, s.seconds)
}

// judge looks what has become of everybody.
func judge(t *testing.T, f *fleet, before *old, crowd []*visitor, s *sums) {
	t.Helper()
	sessions, closeStore, err := openNew(t.Context(), &f.config, before.importer)
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore()
	s.visitors, s.kills = len(crowd), len(f.killed)
	for _, v := range crowd {
		s.requests += len(v.acknowledged) + v.failed
		s.killed += v.failed
		s.acknowledged += len(v.acknowledged)
		if v.returned {
			s.returned++
		}
		s.judge(t, f, sessions, v)
	}
	judgeLater(t, f, before, crowd)
}

// judgeLater looks whom cookies name when the old ones are good for nothing any more.
func judgeLater(t *testing.T, f *fleet, before *old, crowd []*visitor) {
	t.Helper()
	later := f.config
	later.Ahead = driver.RenewalWindow + time.Second
	server := startServer(t, later)
	for _, v := range crowd {
		a, status, err := v.ask(t.Context(), server.address, "/look", v.jar.Cookies(site))
		if err != nil || status != http.StatusOK || a.User != v.user {
			t.Errorf("%s, later: %+v, status %d, error %v", v.user, a, status, err)
		}
		if a, status, err = v.ask(t.Context(), server.address, "/look", v.old); err != nil || status != http.StatusOK || a != (answer{}) {
			t.Errorf("the old cookie of %s, later: %+v, status %d, error %v", v.user, a, status, err)
		}
	}
	if n, err := before.stored(); err != nil || n != 0 {
		t.Errorf("the old application keeps %d sessions, error %v", n, err)
	}
}

// judge looks what has become of a visitor.
func (s *sums) judge(t *testing.T, f *fleet, sessions *atomicsession.Manager, v *visitor) {
	t.Helper()
	a, status, err := v.ask(t.Context(), f.pick(v.number).address, "/look", v.jar.Cookies(site))
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: status %d, error %v", v.user, status, err)
	}
	if a.User != v.user || v.signedOut {
		s.signedOut++
	}
	list, err := sessions.UserSessions(t.Context(), v.user)
	if err != nil {
		t.Fatal(err)
	}
	twice, orphans, lost := len(v.sessions) != 1 || !v.sessions[a.Session], 0, len(v.acknowledged)
	for _, info := range list {
		k := read(t, sessions, v.user, info.ID)
		switch {
		case info.ID.String() == a.Session:
			lost = k.lacks(v.acknowledged)
			if v.returned && f.killed[k.importer] {
				s.imported++
			}
		case len(k.log) == 0: // which nobody uses, since there is no claim of it
			orphans++
		default:
			twice = true
		}
	}
	s.orphans += orphans
	s.lost += lost
	if twice || orphans > v.failed { // more than a kill can leave
		s.twice++
	}
}

// kept is what a session holds.
type kept struct {
	cart     cart
	count    int64
	importer int64 // the process
	done     map[string]bool
	log      []string
}

func read(t *testing.T, sessions *atomicsession.Manager, user string, id atomicsession.ID) (k kept) {
	t.Helper()
	_, err := sessions.ReadSession(t.Context(), user, id,
		bought.Into(&k.cart), count.Into(&k.count), importer.Into(&k.importer), done.Into(&k.done), log.Into(&k.log))
	if err != nil {
		t.Fatal(err)
	}
	if k.cart.Items["tea"] != 2 || k.count != int64(firstCount+len(k.log)) || len(k.done) != len(k.log) {
		t.Errorf("a session of %s holds %+v", user, k)
	}
	return k
}

// lacks returns how many of the changes are not there exactly once.
func (k kept) lacks(changes []string) (n int) {
	times := make(map[string]int)
	for _, token := range k.log {
		times[token]++
	}
	for _, token := range changes {
		if times[token] != 1 || !k.done[token] {
			n++
		}
	}
	return n
}
