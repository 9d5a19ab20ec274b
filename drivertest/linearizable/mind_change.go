package linearizable

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// change makes o an update.
func (m *mind) change(o *operation, b *belief, r *rand.Rand) {
	u := &driver.Update{}
	o.kind, o.update = update, u
	document := r.IntN(100) >= m.mood.touches
	if document {
		o.label = m.mood.changes[r.IntN(len(m.mood.changes))](u, r, m.token())
	}
	if !document || r.IntN(3) == 0 {
		o.label = joined(o.label, m.times(u, r))
	}
	n := r.IntN(100)
	within := func(percent int) bool {
		n -= percent
		return n < 0
	}
	switch {
	case within(m.mood.signIns):
		o.label = joined(o.label, m.user(u, r, o.now))
		if *u.User != "" {
			m.renew(o, b)
		}
	case within(m.mood.renewals):
		m.renew(o, b)
	case within(m.mood.since):
		u.AuthenticatedSince = m.base.Add(time.Duration(r.IntN(3)*r.IntN(2)) * time.Millisecond)
		o.label = joined(o.label, "if authenticated since +"+u.AuthenticatedSince.Sub(m.base).String())
	case within(3):
		u.Attrs = driver.Attrs{"label": m.token(), "agent": ""}
		if r.IntN(3) == 0 {
			u.Attrs = driver.Attrs{"label": "", "agent": m.token()}
		}
		o.label = joined(o.label, "attributes")
	}
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + ", " + b
}

// times makes u a use, or has it change how long the record lives.
func (m *mind) times(u *driver.Update, r *rand.Rand) string {
	switch r.IntN(6) {
	case 0:
		u.Lifetime = hours(r)
		return "lifetime " + u.Lifetime.String()
	case 1:
		u.Deadline = m.base.Add(time.Hour + hours(r))
		return "deadline +" + u.Deadline.Sub(m.base).String()
	case 2:
		u.MaxAge, u.Lifetime = hours(r), hours(r)
		return "touch with lifetime " + u.Lifetime.String()
	default:
		u.MaxAge = hours(r)
		return "touch " + u.MaxAge.String()
	}
}

// user has u bind the record, or unbind it.
func (m *mind) user(u *driver.Update, r *rand.Rand, now time.Time) string {
	if r.IntN(3) == 0 {
		u.User = new("")
		return "unbind"
	}
	u.User = new(m.users[1+r.IntN(2)])
	if r.IntN(4) > 0 {
		u.Authenticated = now
	}
	if r.IntN(2) == 0 {
		u.Attrs = driver.Attrs{"label": m.token(), "methods": "pwd"}
	}
	return "sign in " + *u.User
}

// renew has the update replace the verifier: by the next one of its chain or, where the verifier is not known, by one of the client's own.
func (m *mind) renew(o *operation, b *belief) {
	o.renewTo = b.verifier + 1
	if o.byUser {
		o.renewTo = chain(m.client+50) + m.step*10
	}
	o.update.Renew = new(m.verifier(o.session, o.renewTo))
}

// end makes o something that ends sessions.
func (m *mind) end(o *operation, r *rand.Rand) {
	switch {
	case m.Abilities.Finder && m.certain() && r.IntN(2) == 0:
		m.selection(o, r)
		o.kind = deleteMany
		o.limit = sessionsOfHistory - r.IntN(2)*r.IntN(2)
		if r.IntN(3) == 0 {
			o.before = m.base.Add(time.Duration(r.IntN(3)) * time.Millisecond)
		}
		if r.IntN(3) == 0 {
			o.except = r.IntN(sessionsOfHistory)
		}
		if o.user == "" && !(m.wide && m.recreate) { // it would end the sessions of other histories
			o.user = m.users[1]
		}
	default:
		o.kind = deletion
	}
}

// certain reports whether the client still uses all sessions.
func (m *mind) certain() bool {
	return !slices.ContainsFunc(m.sessions[:], func(b belief) bool { return b.doubtful })
}

// sweeping makes o a sweep that may find one of the records expired.
func (m *mind) sweeping(o *operation, r *rand.Rand) {
	o.kind, o.byUser, o.user = sweep, false, ""
	o.limit = 1 + r.IntN(40)
	o.offset = time.Hour + time.Duration(r.IntN(90))*time.Minute
	o.now = m.base.Add(o.offset)
}

// list makes o a list.
func (m *mind) list(o *operation, r *rand.Rand) {
	m.selection(o, r)
	o.kind = list
	o.limit = sessionsOfHistory + 1 - r.IntN(2)*r.IntN(3)
}

// selection gives o a user and a place to begin. A selection of everybody's begins with the history.
func (m *mind) selection(o *operation, r *rand.Rand) {
	o.byUser, o.user = false, m.users[1+r.IntN(2)]
	if m.Abilities.Everybody && r.IntN(3) == 0 {
		o.user, o.after = "", m.before()
	}
	if r.IntN(6) == 0 {
		o.after = m.id(r.IntN(sessionsOfHistory))
	}
}

// witness is the client that looks when all others are done: with the secrets that the records may have, and into the lists.
func (m *mind) witness() (*operation, bool) {
	o := m.operation(m.step % sessionsOfHistory)
	switch round := m.step / sessionsOfHistory; {
	case round < 5:
		o.kind = load
	case round == 5 && m.Abilities.Finder:
		m.list(o, m.random(m.client, 0))
		o.user, o.after, o.limit = m.users[1+o.session], driver.ID{}, sessionsOfHistory+1
	default:
		return nil, false
	}
	return o, true
}
