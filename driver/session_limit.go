package driver

import (
	"cmp"
	"slices"
)

// SessionLimit bounds how many live sessions a user has. It is part of an update that binds a session to the user, and the count,
// what is ended and the binding are one step: of any number at once none gets past it. The session that is being bound is one of
// them. (A session that is to begin bound begins as nobody's and is bound by an update.) The zero SessionLimit is none.
type SessionLimit struct {
	// Max is how many there may be.
	Max int
	// End ends the least recently used ones to make room. Without it, too many are [ErrTooManySessions], and nothing is changed.
	End bool
	// Except is a session that does not count, since its end follows, or since the new one is its copy; the zero ID: none.
	Except ID
}

// LimitsSessions reports whether u bounds how many sessions a user has: SessionLimit counts where u binds the record to somebody.
func (u *Update) LimitsSessions() bool {
	return u.SessionLimit.Max > 0 && u.User != nil && *u.User != ""
}

// Excess returns the sessions that have to end before own can be bound to a user who has those of the list, the least recently
// used first, or ErrTooManySessions. The list is of live records, without their Data, with own in it or not; own is the record as
// the update leaves it ([Update.Record]). Sessions that are copies of one another count as one, and end together; so do own and its
// copies, which do not end, nor does l.Except.
func (l SessionLimit) Excess(list []Record, own Record) ([]ID, error) {
	if l.Max <= 0 {
		return nil, nil
	}
	type group struct {
		name  string // the ID of the original
		lives []Record
	}
	var groups []*group
	byName := make(map[string]*group, len(list))
	for _, r := range list {
		name := r.original()
		if r.ID == own.ID || r.ID == l.Except || name == own.original() || !l.Except.IsZero() && name == l.Except.String() {
			continue
		}
		g := byName[name]
		if g == nil {
			g = &group{name: name}
			byName[name] = g
			groups = append(groups, g)
		}
		g.lives = append(g.lives, r)
	}
	excess := len(groups) + 1 - l.Max
	if excess <= 0 {
		return nil, nil
	}
	if !l.End {
		return nil, ErrTooManySessions
	}
	used := func(g *group) int64 {
		last := g.lives[0].LastUsed
		for _, r := range g.lives {
			if r.LastUsed.After(last) {
				last = r.LastUsed
			}
		}
		return last.UnixMilli()
	}
	slices.SortFunc(groups, func(a, b *group) int { return cmp.Or(cmp.Compare(used(a), used(b)), cmp.Compare(a.name, b.name)) })
	var ended []ID
	for _, g := range groups[:min(excess, len(groups))] {
		for _, r := range g.lives {
			ended = append(ended, r.ID)
		}
	}
	return ended, nil
}

// original returns the name of the sessions that r is one of: the ID of that which they are copies of.
func (r *Record) original() string { return cmp.Or(r.Attrs[AttrOriginal], r.ID.String()) }
