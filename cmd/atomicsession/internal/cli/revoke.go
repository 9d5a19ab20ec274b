package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
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
		id, err := f.find(ctx, m)
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

// mostListed is how many sessions a list has at most.
const mostListed = 1000

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

var idPrefix = regexp.MustCompile(`^[0-9A-Za-z_-]{1,22}$`)

func isIDPrefix(text string) bool {
	_, err := atomicsession.ParseID(text)
	return idPrefix.MatchString(text) && (len(text) < 22 || err == nil)
}

// find returns the session whose ID is, or alone begins with, what --revoke says.
func (f *sessionsFlags) find(ctx context.Context, m *atomicsession.Manager) (atomicsession.ID, error) {
	if id, err := atomicsession.ParseID(f.revoke); err == nil && !f.dry {
		return id, nil // the store knows whether there is one, also beyond what is listed
	}
	infos, err := m.UserSessions(ctx, f.user)
	if err != nil {
		return atomicsession.ID{}, err
	}
	var found []atomicsession.ID
	var texts []string
	for _, info := range infos {
		if strings.HasPrefix(info.ID.String(), f.revoke) {
			found, texts = append(found, info.ID), append(texts, info.ID.String())
		}
	}
	limited := len(infos) == mostListed // such a list cannot tell whether there is another one
	switch {
	case len(found) == 1 && (!limited || found[0].String() == f.revoke):
		return found[0], nil
	case limited:
		return atomicsession.ID{}, misused("the user has %d sessions or more: --revoke takes whole IDs then, and no --dry-run", mostListed)
	case len(found) == 0:
		user := storeurl.Cut(f.user, 60)
		return atomicsession.ID{}, fmt.Errorf("no live session of user %q has an ID that begins with %s", user, f.revoke)
	}
	more := ""
	if n := len(texts) - mostNamed; n > 0 {
		texts, more = texts[:mostNamed], fmt.Sprintf(" and %d more", n)
	}
	list := strings.Join(texts, ", ") + more
	return atomicsession.ID{}, fmt.Errorf("several sessions have an ID that begins with %s: %s", f.revoke, list)
}

// mostNamed is how many IDs an error lists.
const mostNamed = 10
