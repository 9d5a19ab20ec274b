package atomicsession

import (
	"context"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// ID is the public handle of a session: safe to show in a list of devices, useless as a credential. It is random and
// never changes.
type ID = driver.ID

// ParseID reads an ID from its text form; [ErrValue] if it is none.
func ParseID(text string) (ID, error) { return driver.ParseID(text) }

// Info describes a session, as lists of them show it. Two of them cannot be compared by ==; their IDs can.
type Info struct {
	ID       ID
	User     string    // whom it is bound to, "" if nobody
	Label    string    // what [Label] has made it
	Created  time.Time // when it began; all times are UTC, in milliseconds
	LastUsed time.Time // its last change or extension; reads move it at most once per [Options.TouchInterval]
	Expires  time.Time

	Authenticated time.Time // when its user has last proved who they are; the zero time if that is not known, or nobody has
	Methods       []string  // by which methods: what [AuthenticatedBy] has named, else nil
	// UserAgent is that header of the request that signed in or, later, of a request whose read extended the session: at most 256 bytes,
	// without control characters; "" if nobody has signed in. A client can send any text.
	UserAgent string
	Device    map[string]string // what [Options].Device has said at the same time; nil: nothing

	Current bool // it is the session of the request that asks; always false from [Manager.Sessions] and [Manager.ReadSession]
}

func newInfo(r driver.Record) Info {
	return Info{
		ID: r.ID, User: r.User, Label: r.Attrs[attrLabel], Created: r.Created, LastUsed: r.LastUsed, Expires: r.Expires,
		Authenticated: known(r.Authenticated), Methods: split(r.Attrs[attrMethods]), UserAgent: r.Attrs[attrAgent],
		Device: readDevice(r.Attrs[attrDevice]),
	}
}

// Exists reports whether there is a live session. It loads the session if this request has not used it yet.
func (s *Session) Exists(ctx context.Context) (ok bool, err error) {
	_, ok, err = s.bound(ctx)
	return ok, err
}

// User returns the user that the session is bound to, "" if nobody. It loads the session if this request has not used it yet.
func (s *Session) User(ctx context.Context) (string, error) {
	meta, _, err := s.bound(ctx)
	return meta.User, err
}

// bound returns what every answer of the store says of the session, false if there is none.
func (s *Session) bound(ctx context.Context) (meta driver.Meta, ok bool, err error) {
	err = s.do(ctx, "info", func(ctx context.Context, store driver.Store) error {
		meta, ok, err = s.boundHere(ctx, store)
		return err
	})
	return meta, ok, err
}

// boundHere is bound for whoever has the turn.
func (s *Session) boundHere(ctx context.Context, store driver.Store) (meta driver.Meta, ok bool, err error) {
	if err := s.flush(ctx, store); err != nil {
		return meta, false, err
	}
	if s.state == presented {
		if err := s.look(ctx, store, true); err != nil {
			return meta, false, err
		}
	}
	if s.state == live {
		return s.meta, true, nil
	}
	return meta, false, nil
}

// Info describes the session; ok is false if there is none. It loads the session unless this request has loaded it, because an update
// does not return all of it.
func (s *Session) Info(ctx context.Context) (info Info, ok bool, err error) {
	err = s.do(ctx, "info", func(ctx context.Context, store driver.Store) error {
		if err := s.flush(ctx, store); err != nil {
			return err
		}
		if err := s.look(ctx, store, true); err != nil {
			return err
		}
		if s.state == live {
			info, ok = newInfo(s.record()), true
			info.Current = true
		}
		return nil
	})
	return info, ok, err
}

// split returns the words of a text, nil if there are none.
func split(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Fields(text)
}
