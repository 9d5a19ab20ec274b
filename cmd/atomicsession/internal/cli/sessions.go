package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

var sessions = command{
	name: "sessions", synopsis: "(--user USER | --everyone) [FLAG...]",
	summary: "list, count, show or end live sessions", define: defineSessions,
	about: `Without more it lists: those of a user with the last used first, at most 1000, those of
everyone in the order of their IDs. Nothing that it shows counts as a use of a session.
The ID of each session that --revoke or --revoke-all ends is printed once that has happened.
The beginning of an ID will do if no other one of the user begins so.

  atomicsession sessions --store sqlite:sessions.db --user ada
  atomicsession sessions --store sqlite:sessions.db --user ada --document Kx3
  atomicsession sessions --store sqlite:sessions.db --user ada --revoke Kx3
  atomicsession sessions --store sqlite:sessions.db --user ada --revoke-before 2h
  atomicsession sessions --store sqlite:sessions.db --everyone --count
  echo "postgres://app:$PASSWORD@db.example.com/app" |
      atomicsession sessions --store-file - --everyone --revoke-before now --dry-run
`,
}

type sessionsFlags struct {
	store                     *storeFlags
	user, document, revoke    string
	before                    time.Time
	everyone, count, all, dry bool
	inJSON                    bool
	env                       Environment
}

func defineSessions(flags *flag.FlagSet, env Environment) func(context.Context) error {
	f := sessionsFlags{store: defineStore(flags), env: env}
	defineUser(flags, &f.user)
	flags.BoolVar(&f.everyone, "everyone", false, "the sessions of all users, and of nobody")
	flags.BoolVar(&f.count, "count", false, "count, and list none")
	flags.Func("document", "print what the session with this `ID` holds; or the beginning of one", idPrefix(&f.document))
	flags.Func("revoke", "end the session with this `ID`; or the beginning of one", idPrefix(&f.revoke))
	flags.BoolVar(&f.all, "revoke-all", false, "end all sessions of the user")
	flags.Func("revoke-before", "end what has signed in before `WHEN`: RFC 3339, how long ago, or now", f.setBefore)
	flags.BoolVar(&f.dry, "dry-run", false, "end nothing, and print what would be ended")
	flags.BoolVar(&f.inJSON, "json", false, "print JSON: one object, or to list everyone one for each session")
	return func(ctx context.Context) error { return f.run(ctx) }
}

// defineUser defines the flag that says whose sessions are meant.
func defineUser(flags *flag.FlagSet, user *string) {
	flags.Func("user", "whose sessions: the `USER` they are bound to", func(text string) error {
		if *user = text; strings.TrimSpace(text) == "" {
			return errors.New("it names no user")
		}
		if driver.CheckUser(text) != nil {
			return fmt.Errorf("no session has such a user: UTF-8 without NUL, of at most %d bytes", driver.MaxUser)
		}
		return nil
	})
}

func (f *sessionsFlags) run(ctx context.Context) error {
	if err := f.check(); err != nil {
		return err
	}
	work := f.list
	switch {
	case f.count:
		work = f.total
	case f.document != "":
		work = f.show
	case !f.before.IsZero():
		work, f.store.wrap = f.endBefore, f.inSteps(ctx)
	case f.all || f.revoke != "":
		work = f.end
	}
	return f.store.with(ctx, f.env, func(m *atomicsession.Manager, name string) error {
		err := work(ctx, m, name)
		if !f.everyone || !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		instead := "list those of one user, with --user"
		if !f.before.IsZero() {
			instead = "end those of one user after the other, with --user, or replace the signing keys, which ends all of them"
		}
		return fmt.Errorf("such a store has no list of all sessions (%s): %s", name, instead)
	})
}

func (f *sessionsFlags) check() error {
	var ofUser, actions []string
	for _, action := range []struct {
		flag        string
		given, user bool
	}{
		{"--count", f.count, false},
		{"--document", f.document != "", true},
		{"--revoke", f.revoke != "", true},
		{"--revoke-all", f.all, true},
		{"--revoke-before", !f.before.IsZero(), false},
	} {
		if action.given {
			actions = append(actions, action.flag)
		}
		if action.given && action.user {
			ofUser = append(ofUser, action.flag)
		}
	}
	ending := f.revoke != "" || f.all || !f.before.IsZero()
	switch {
	case f.user != "" && f.everyone:
		return misused("--user and --everyone exclude each other")
	case f.user == "" && !f.everyone:
		return misused("name a user with --user, or say --everyone")
	case len(actions) > 1:
		return misused("%s and %s exclude each other", actions[0], actions[1])
	case f.everyone && len(ofUser) > 0:
		return misused("%s is about one user; what goes with --everyone is --count and --revoke-before", ofUser[0])
	case f.dry && !ending:
		return misused("--dry-run goes with --revoke, --revoke-all or --revoke-before")
	}
	return nil
}

// each returns the sessions that the flags are about; of a user at most [mostListed].
func (f *sessionsFlags) each(ctx context.Context, m *atomicsession.Manager) iter.Seq2[atomicsession.Info, error] {
	if f.everyone {
		return m.Sessions(ctx)
	}
	return func(yield func(atomicsession.Info, error) bool) {
		infos, err := m.UserSessions(ctx, f.user)
		if err != nil {
			yield(atomicsession.Info{}, err)
		}
		for _, info := range infos {
			if !yield(info, nil) {
				return
			}
		}
	}
}

// whole reports whether these are all there are, if a list had so many.
func (f *sessionsFlags) whole(n int) bool { return f.everyone || n < mostListed }

// mostListed is how many sessions of a user a list has at most.
const mostListed = 1000
