package atomicsession

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// ID is the public handle of a session: safe to show in a list of devices, useless as a credential. It is random and
// never changes.
type ID = driver.ID

// ParseID reads an ID from its text form; [ErrValue] if it is none.
func ParseID(text string) (ID, error) { return driver.ParseID(text) }

// Info describes a session.
type Info struct {
	ID       ID
	User     string    // whom it is bound to, "" if nobody
	Label    string    // what [Label] has made it
	Created  time.Time // when it began; all times are UTC, in milliseconds
	LastUsed time.Time // its last change or extension: reads show up to [Options.TouchInterval] later
	Expires  time.Time
	Current  bool // it is the session of the request that asks
}

func newInfo(m driver.Meta) Info {
	return Info{ID: m.ID, User: m.User, Label: m.Label, Created: m.Created, LastUsed: m.LastUsed, Expires: m.Expires}
}

// Exists reports whether there is a live session. It loads the session if this request has not used it yet.
func (s *Session) Exists(ctx context.Context) (bool, error) {
	_, ok, err := s.Info(ctx)
	return ok, err
}

// Info describes the session, false if there is none. It loads the session if this request has not used it yet.
func (s *Session) Info(ctx context.Context) (info Info, ok bool, err error) {
	err = s.do(ctx, "info", func(ctx context.Context, store driver.Store) error {
		if s.state == presented {
			if err := s.load(ctx, store, true); err != nil {
				return err
			}
		}
		if s.state == live {
			info, ok = newInfo(s.meta), true
			info.Current = true
		}
		return nil
	})
	return info, ok, err
}

// User returns whom the session is bound to with [User], "" if nobody.
func (s *Session) User(ctx context.Context) (string, error) {
	info, _, err := s.Info(ctx)
	return info.User, err
}
