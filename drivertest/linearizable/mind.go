package linearizable

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// mood is what the clients of a history do more often than others: a history in which everything is equally likely shows little of
// each. The numbers are per cent.
type mood struct {
	changes   []change // of documents
	loads     int
	lists     int
	touches   int
	renewals  int
	signIns   int
	since     int // conditions on when who signed in did
	users     int // keys by user
	ends      int // in the second half
	sweeps    int
	departure int // times that are not the base
}

func newMood(r *rand.Rand, wide bool) mood {
	m := mood{loads: 12, lists: 6, touches: 15, renewals: 6, signIns: 5, since: 3, users: 8, ends: 6, sweeps: 5, departure: 12}
	for range 1 + r.IntN(4) {
		m.changes = append(m.changes, changes[r.IntN(len(changes))])
	}
	n := r.IntN(9)
	if wide && r.IntN(2) == 0 { // no others have sweeps
		n = 5
	}
	switch n {
	case 0:
		m.loads, m.lists, m.touches, m.renewals, m.signIns = 5, 2, 5, 0, 0
	case 1:
		m.renewals = 30
	case 2:
		m.signIns, m.since, m.renewals, m.users, m.lists = 25, 30, 0, 25, 10
	case 3:
		m.ends = 25
	case 4:
		m.departure = 35
	case 5:
		m.touches, m.sweeps, m.loads = 50, 20, 5
	case 6:
		m.ends = 0
	case 7:
		m.signIns, m.users, m.ends, m.lists = 30, 15, 25, 12
	}
	return m
}

// mind is what a client knows. What it does next depends on the plan and on the answers that it has had, on nothing else: so all who
// know those know what it does.
type mind struct {
	*setting
	client, step int
	sessions     [sessionsOfHistory]belief
}

type belief struct {
	verifier int    // in the chain of the record's creator: see chain
	user     string // as far as it knows
	ended    bool   // by itself
	doubtful bool   // an outcome was unknown: the client leaves the session alone, lest too much stays open
}

// chain returns the number of the first verifier that a client gives to a session which it creates. A renewal goes on to the next.
func chain(client int) int { return client * 100 }

// nearest returns a number close to n of another verifier that the record may have, as far as a client can guess.
func nearest(n int, r *rand.Rand) int {
	if n%100 < 3 && r.IntN(2) == 0 {
		return n + 1
	}
	return chain(r.IntN(sessionsOfHistory * 2))
}

func (s *setting) newMind(client int) *mind {
	m := &mind{setting: s, client: client}
	for i := range m.sessions {
		m.sessions[i].verifier = chain(i)
	}
	return m
}

// next returns what the client does in its next step, and false if it does nothing any more. To a call that the store has no ability
// for it is a load.
func (m *mind) next() (*operation, bool) {
	if m.client == m.clients() {
		return m.witness()
	}
	if m.step >= m.steps() {
		return nil, false
	}
	r := m.random(m.client, m.step)
	session, ok := m.choose(r)
	if !ok {
		return nil, false
	}
	o := m.operation(session)
	if own := m.client % sessionsOfHistory; m.step == m.creation(own) && !m.sessions[own].doubtful &&
		(m.client < sessionsOfHistory || m.recreate && m.client < 2*sessionsOfHistory && r.IntN(4) == 0) {
		return m.create(o, own, r), true
	}
	b := &m.sessions[session]
	if r.IntN(100) < m.mood.departure {
		o.offset = departure(r)
		o.now = m.base.Add(o.offset)
	}
	if r.IntN(100) < m.mood.users {
		o.byUser, o.user = true, b.user
		if r.IntN(4) == 0 {
			o.user = m.users[r.IntN(len(m.users))]
		}
	}
	late := m.step >= stepsBefore
	switch n := r.IntN(100); {
	case b.ended && m.recreate && r.IntN(2) == 0:
		return m.create(o, session, r), true
	case late && n < m.mood.ends:
		m.end(o, r)
	case m.wide && m.Abilities.Sweeper && m.step > 1 && n >= 100-m.mood.sweeps && m.certain():
		m.sweeping(o, r)
	case n < m.mood.ends+m.mood.loads:
		m.load(o, r)
	case n < m.mood.ends+m.mood.loads+m.mood.lists && m.Abilities.Finder:
		m.list(o, r)
	default:
		m.change(o, b, r)
	}
	return o, true
}

// load is of a part of the session, in half of the cases.
func (m *mind) load(o *operation, r *rand.Rand) {
	o.kind = load
	if o.some = m.Abilities.FieldLoader && r.IntN(2) == 0; o.some {
		for _, name := range fieldNames {
			if r.IntN(3) == 0 {
				o.names = append(o.names, name)
			}
		}
		o.label = fmt.Sprintf("fields %q", o.names)
	}
}

// creation returns the step in which a session is created: the first or, in some histories, one in which there is harm.
func (m *mind) creation(session int) int {
	if m.Harm && session > 0 && m.number%3 == 0 {
		return stepsBefore + 1
	}
	return 0
}

// choose returns a session that the client still uses.
func (m *mind) choose(r *rand.Rand) (int, bool) {
	n := r.IntN(sessionsOfHistory)
	for i := range sessionsOfHistory {
		if session := (n + i) % sessionsOfHistory; !m.sessions[session].doubtful {
			return session, true
		}
	}
	return 0, false
}

func (m *mind) operation(session int) *operation {
	return &operation{session: session, id: m.id(session), verifier: m.sessions[session].verifier, now: m.base, except: -1}
}

// departure returns how far a call's time lies from the base: a little, so that times come in another order than calls; beyond
// [driver.RenewalWindow]; or beyond the end of some records.
func departure(r *rand.Rand) time.Duration {
	switch r.IntN(4) {
	case 0, 1:
		return time.Duration(r.IntN(5)) * time.Millisecond
	case 2:
		return driver.RenewalWindow + time.Duration(r.IntN(3)-1)*time.Millisecond
	default:
		return time.Hour + time.Duration(r.IntN(90))*time.Minute
	}
}

func (m *mind) create(o *operation, session int, r *rand.Rand) *operation {
	*o = *m.operation(session)
	o.kind, o.verifier = create, chain(m.client)
	at := m.base
	if m.step > 0 {
		o.verifier += m.step * 10
		if r.IntN(2) == 0 { // the record of before may have expired by then
			o.offset = departure(r)
			at = at.Add(o.offset)
		}
	}
	user := ""
	if r.IntN(2) == 0 {
		user = m.users[1+r.IntN(2)]
	}
	o.now = at
	o.record = driver.Record{Data: firstDoc(m.token()), Meta: driver.Meta{
		ID: o.id, User: user, Created: at, LastUsed: at, Expires: at.Add(hours(r)), Lifetime: hours(r),
	}}
	if user != "" && r.IntN(4) > 0 {
		o.record.Authenticated, o.record.Attrs = at, driver.Attrs{"label": m.token()}
	}
	return o
}

func (m *mind) token() string { return fmt.Sprintf("%d.%d", m.client, m.step) }

// learn goes on to the next step with the answer to what the client has done in this one.
func (m *mind) learn(o *operation, a *answer) {
	r := m.random(m.client, m.step|1<<16)
	m.step++
	if a.unknown() {
		for i := range m.sessions {
			if i == o.session || o.kind.aboutAll() {
				m.sessions[i].doubtful = true
			}
		}
		return
	}
	if o.kind.aboutAll() {
		return
	}
	b := &m.sessions[o.session]
	switch a.Class {
	case 0:
		b.ended = o.kind == deletion
		if o.kind == create {
			b.verifier, b.user = o.verifier, o.record.User
		}
		if o.kind == load || o.kind == update {
			b.user = a.Record.User
		}
		if o.renewTo != 0 {
			b.verifier = o.renewTo
		}
	case renewed, replayed:
		if !o.byUser {
			b.verifier++
		}
	case notFound:
		if !o.byUser {
			b.verifier = nearest(b.verifier, r)
		}
	}
}
