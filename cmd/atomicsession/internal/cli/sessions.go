package cli

import (
	"context"
	"flag"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

var sessions = command{
	name: "sessions", synopsis: "--user USER [--revoke ID | --revoke-all] [FLAG...]",
	summary: "list a user's live sessions, or end them", define: defineSessions,
	about: `Without --revoke or --revoke-all it lists, the last used first, at most 1000. The ID of each
session that it ends is printed once that has happened.

  atomicsession sessions --store sqlite:sessions.db --user ada
  atomicsession sessions --store sqlite:sessions.db --user ada --revoke Kx3
  echo "redis://:$PASSWORD@db.example.com/0" |
      atomicsession sessions --store-file - --user ada --revoke-all --dry-run
`,
}

type sessionsFlags struct {
	store            *storeFlags
	user, revoke     string
	all, dry, inJSON bool
	revokeGiven      bool
	env              Environment
}

func defineSessions(flags *flag.FlagSet, env Environment) func(context.Context) error {
	f := sessionsFlags{store: defineStore(flags), env: env}
	flags.StringVar(&f.user, "user", "", "whose sessions: the `USER` they are bound to")
	flags.Func("revoke", "end the session with this `ID`, or the only one whose ID begins so", func(text string) error {
		f.revoke, f.revokeGiven = text, true
		return nil
	})
	flags.BoolVar(&f.all, "revoke-all", false, "end all sessions of the user")
	flags.BoolVar(&f.dry, "dry-run", false, "end nothing, and print what would be ended")
	flags.BoolVar(&f.inJSON, "json", false, "print one JSON object instead of text")
	return func(ctx context.Context) error { return f.run(ctx) }
}

func (f *sessionsFlags) run(ctx context.Context) error {
	ending := f.all || f.revokeGiven
	switch {
	case f.user == "":
		return misused("name a user with --user")
	case driver.CheckUser(f.user) != nil:
		return misused("--user: no session has such a user: UTF-8 without NUL, of at most %d bytes", driver.MaxUser)
	case f.all && f.revokeGiven:
		return misused("--revoke and --revoke-all exclude each other")
	case f.dry && !ending:
		return misused("--dry-run goes with --revoke or --revoke-all")
	case f.revokeGiven && !isIDPrefix(f.revoke):
		return misused("--revoke: neither a session ID nor the beginning of one")
	}
	return f.store.with(ctx, f.env, func(m *atomicsession.Manager, name string) error {
		if ending {
			return f.end(ctx, m, name)
		}
		return f.list(ctx, m, name)
	})
}

// listed is what a list prints in JSON.
type listed struct {
	Store    string          `json:"store"`
	User     string          `json:"user"`
	Sessions []listedSession `json:"sessions"`
	Complete bool            `json:"complete"` // false: there may be more
}

type listedSession struct {
	ID       string    `json:"id"`
	Label    string    `json:"label"`
	Created  time.Time `json:"created"`
	LastUsed time.Time `json:"last_used"`
	Expires  time.Time `json:"expires"`
}

func (f *sessionsFlags) list(ctx context.Context, m *atomicsession.Manager, store string) error {
	infos, err := m.UserSessions(ctx, f.user)
	if err != nil {
		return err
	}
	if f.inJSON {
		l := listed{store, f.user, make([]listedSession, 0, len(infos)), len(infos) < mostListed}
		for _, info := range infos {
			l.Sessions = append(l.Sessions, listedSession{info.ID.String(), info.Label, info.Created, info.LastUsed, info.Expires})
		}
		return writeJSON(f.env, l)
	}
	if len(infos) == 0 {
		_, err := fmt.Fprintf(f.env.Stdout, "no live sessions of user %q (%s)\n", f.user, store)
		return err
	}
	table := tabwriter.NewWriter(f.env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tCREATED\tLAST USED\tEXPIRES\tLABEL")
	for _, info := range infos {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", info.ID,
			info.Created.Format(time.RFC3339), info.LastUsed.Format(time.RFC3339), info.Expires.Format(time.RFC3339), printable(info.Label))
	}
	if err := table.Flush(); err != nil || len(infos) < mostListed {
		return err
	}
	_, err = fmt.Fprintf(f.env.Stdout, "these are %d, there may be more\n", mostListed)
	return err
}
