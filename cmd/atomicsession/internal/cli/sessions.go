package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
)

// storeFlag defines --store, whose value is "" as long as it is not given. Given without one, as by the name of a variable
// that is not set, it is a mistake, and not a wish for the default.
func storeFlag(flags *flag.FlagSet, hint string) *string {
	var url string
	flags.Func("store", "the `URL` of the store"+hint+", one of"+storeurl.Usage(), func(text string) error {
		if url = text; text == "" {
			return errors.New("it names no store")
		}
		return nil
	})
	return &url
}

// withStore opens a store that exists already, and gives f a manager of its sessions.
func withStore(ctx context.Context, url string, f func(*atomicsession.Manager) error) (err error) {
	if url == "" {
		return errors.New("name a store with --store URL, one of" + storeurl.Usage())
	}
	opened, err := storeurl.Open(ctx, url, storeurl.Existing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	sessions, err := atomicsession.New(opened.Store, nil)
	if err != nil {
		return err
	}
	return f(sessions)
}

func sweepCommand(flags *flag.FlagSet, env Environment) func(context.Context) error {
	store := storeFlag(flags, "")
	return func(ctx context.Context) error {
		return withStore(ctx, *store, func(sessions *atomicsession.Manager) error {
			n, err := sessions.Sweep(ctx)
			if errors.Is(err, errors.ErrUnsupported) {
				return errors.New("this store drops expired sessions by itself")
			}
			if err == nil {
				_, err = fmt.Fprintf(env.Stdout, "removed %s\n", count(n, "expired session"))
			}
			return err
		})
	}
}

func sessionsCommand(flags *flag.FlagSet, env Environment) func(context.Context) error {
	store := storeFlag(flags, "")
	user := flags.String("user", "", "the `name` that the sessions are bound to")
	revoke := flags.String("revoke", "", "end the session with this `ID`")
	revokeAll := flags.Bool("revoke-all", false, "end all sessions of the user")
	return func(ctx context.Context) error {
		if *user == "" {
			return errors.New("name a user with --user")
		}
		if *revoke != "" && *revokeAll {
			return errors.New("--revoke and --revoke-all exclude each other")
		}
		return withStore(ctx, *store, func(sessions *atomicsession.Manager) error {
			switch {
			case *revokeAll:
				n, err := sessions.RevokeAll(ctx, *user)
				if err == nil || n > 0 { // with an error, more may be live
					_, printErr := fmt.Fprintf(env.Stdout, "ended %s\n", count(n, "session"))
					err = cmp.Or(err, printErr)
				}
				return err
			case *revoke != "":
				id, err := atomicsession.ParseID(*revoke)
				if err != nil {
					return err
				}
				if err := sessions.Revoke(ctx, *user, id); err != nil {
					return err
				}
				_, err = fmt.Fprintf(env.Stdout, "ended session %s\n", id)
				return err
			}
			return list(ctx, sessions, *user, env)
		})
	}
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func list(ctx context.Context, sessions *atomicsession.Manager, user string, env Environment) error {
	infos, err := sessions.UserSessions(ctx, user)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tCREATED\tLAST USED\tEXPIRES\tLABEL")
	for _, info := range infos {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", info.ID,
			info.Created.Format(time.RFC3339), info.LastUsed.Format(time.RFC3339), info.Expires.Format(time.RFC3339), printable(info.Label))
	}
	return table.Flush()
}

// printable replaces what a terminal could take for a command: a label may come from a client.
func printable(label string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, label)
}
