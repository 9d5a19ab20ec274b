package linearizable

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

const (
	// sessionsOfHistory is how many sessions a history is about: few, so that calls meet.
	sessionsOfHistory = 2
	// Of the calls of a client the first come before there is harm, then some come meanwhile, if there is, and the others when it is
	// undone.
	stepsBefore    = 4
	stepsMeanwhile = 4
	stepsAfter     = 5
)

// plan is all that a process must know to make the calls of every history, and to know those of the others.
type plan struct {
	Seed      uint64
	Start     int64 // Unix milliseconds
	Processes int
	Clients   int // of a history, in each process
	AtOnce    int // histories
	Patience  time.Duration
	// Harm says that something is done to the store, or to the processes, while histories are recorded.
	Harm bool
	// Abilities are what the store can do beside the four methods.
	Abilities abilities
	// NarrowFrom is the first history after which none is wide.
	NarrowFrom int
}

type abilities struct{ Finder, Everybody, Sweeper, FieldLoader bool }

// clients returns how many clients work on a history, without the witness.
func (p *plan) clients() int { return p.Processes * p.Clients }

// steps returns how many calls a client makes at most.
func (p *plan) steps() int {
	if p.Harm {
		return stepsBefore + stepsMeanwhile + stepsAfter
	}
	return stepsBefore + stepsAfter
}

// setting is what a history is about.
type setting struct {
	*plan
	number int
	// base is the time that calls give as now, but for some.
	base time.Time
	// wide allows calls that reach the sessions of other histories as well: sweeps, and ends of everybody's sessions. Its records have
	// IDs after those of all others, and expire before those of all others, and no two wide histories are recorded at once.
	wide     bool
	recreate bool // an ID may be used again
	users    []string
	mood     mood
}

// Wide histories follow one another in the time that their calls name, so that a sweep which takes effect late removes nothing of
// the next one. All others lie after them.
const (
	wideApart = 4 * time.Hour
	wideMost  = 40_000
	restAfter = 20 * 366 * 24 * time.Hour
)

func (p *plan) setting(history int) *setting {
	s := &setting{plan: p, number: history, recreate: !p.Harm}
	n := history / p.AtOnce
	if s.wide = history%p.AtOnce == 0 && n < wideMost && history < p.NarrowFrom; s.wide {
		s.base = time.UnixMilli(p.Start).UTC().Add(time.Duration(n) * wideApart)
	} else {
		s.base = time.UnixMilli(p.Start).UTC().Add(restAfter)
	}
	s.users = []string{"", fmt.Sprintf("ann-%d", history), fmt.Sprintf("bob-%d", history)}
	s.mood = newMood(s.random(-1, 0), s.wide)
	if s.Harm {
		s.mood.ends *= 2 // few calls come to harm, and it must meet these, too
	}
	return s
}

// id returns the ID of a session. Those of a history follow one another.
func (s *setting) id(session int) driver.ID {
	id := s.before()
	id[9] = byte(session + 1)
	sum := s.hash("id", session)
	copy(id[10:], sum[:])
	return id
}

// before returns an ID before all IDs of the history, and after those of the histories before it.
func (s *setting) before() (id driver.ID) {
	if s.wide {
		id[0] = 0xff
	}
	binary.BigEndian.PutUint64(id[1:], uint64(s.number))
	return id
}

// verifier returns the one with the number n in the chains of verifiers of a session.
func (s *setting) verifier(session, n int) driver.Verifier { return s.hash("verifier", session, n) }

func (s *setting) hash(what string, numbers ...int) [sha256.Size]byte {
	b := binary.BigEndian.AppendUint64([]byte(what), s.Seed)
	for _, n := range append(numbers, s.number) {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return sha256.Sum256(b)
}

// random returns the numbers that a step of a client goes by.
func (s *setting) random(client, step int) *rand.Rand {
	return rand.New(rand.NewPCG(s.Seed+uint64(s.number)*0x9e3779b97f4a7c15, uint64(client+1)<<32|uint64(step)))
}
