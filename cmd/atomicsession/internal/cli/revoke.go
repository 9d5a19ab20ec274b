package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession"
)

// ended is what was ended, or would be.
type ended struct {
	Store  string   `json:"store"`
	User   string   `json:"user"`
	DryRun bool     `json:"dry_run"`
	Ended  []string `json:"ended"`
	// More counts those beside: begun meanwhile, or with a record that cannot be read.
	More int `json:"more"`
	// Complete is false after an error, and for a dry run of more than a list holds: there may be others.
	Complete bool `json:"complete"`
}

// end ends what the flags say, and prints it though an error may come in between.
func (f *sessionsFlags) end(ctx context.Context, m *atomicsession.Manager, store string) error {
	done := &ended{Store: store, User: f.user, DryRun: f.dry, Ended: []string{}, Complete: true}
	err := f.endAll(ctx, m, done)
	done.Complete = done.Complete && err == nil
	if f.inJSON {
		return errors.Join(err, writeJSON(f.env, done))
	}
	if f.all && (err == nil || len(done.Ended)+done.More > 0) {
		err = errors.Join(err, f.summary(done))
	}
	return err
}

func (f *sessionsFlags) summary(done *ended) error {
	text := "ended "
	if f.dry {
		text = "would end "
	}
	if !done.Complete {
		text += "at least "
	}
	text += count(len(done.Ended)+done.More, "session")
	switch {
	case len(done.Ended)+done.More == 0:
		text += fmt.Sprintf(": user %q has none (%s)", f.user, done.Store)
	case done.More > 0:
		text += fmt.Sprintf(", %d of them without a line above: begun meanwhile, or with a broken record", done.More)
	}
	_, err := fmt.Fprintln(f.env.Stdout, text)
	return err
}

// tell takes down that a session was ended, or would be.
func (f *sessionsFlags) tell(done *ended, id atomicsession.ID) error {
	done.Ended = append(done.Ended, id.String())
	if f.inJSON {
		return nil
	}
	verb := "ended"
	if f.dry {
		verb = "would end"
	}
	_, err := fmt.Fprintf(f.env.Stdout, "%s session %s\n", verb, id)
	return err
}

func (f *sessionsFlags) endAll(ctx context.Context, m *atomicsession.Manager, done *ended) error {
	if !f.all {
		id, err := find(ctx, m, f.user, "--revoke", f.revoke, f.dry)
		if err != nil {
			return err
		}
		_, err = f.endOne(ctx, m, done, id)
		return err
	}
	// By their IDs, to be able to tell which: as many lists as it takes.
	for more := true; more; {
		infos, err := m.UserSessions(ctx, f.user)
		if errors.Is(err, atomicsession.ErrCorrupt) && !f.dry {
			break // the rest can be ended all the same
		}
		if err != nil {
			return err
		}
		count := 0
		for _, info := range infos {
			gone, err := f.endOne(ctx, m, done, info.ID)
			if err != nil && !errors.Is(err, atomicsession.ErrNotFound) {
				return err
			}
			if gone {
				count++
			}
		}
		more = len(infos) == mostListed && count > 0 && !f.dry
		done.Complete = !f.dry || len(infos) < mostListed
	}
	if f.dry {
		return nil
	}
	n, err := m.RevokeAll(ctx, f.user) // what has begun meanwhile, and what cannot be listed
	done.More = n
	return err
}

// endOne ends a session and tells so; [atomicsession.ErrNotFound] if it has ended already.
func (f *sessionsFlags) endOne(ctx context.Context, m *atomicsession.Manager, done *ended, id atomicsession.ID) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if !f.dry {
		if err := m.Revoke(ctx, f.user, id); err != nil {
			return false, err
		}
	}
	return true, f.tell(done, id)
}
