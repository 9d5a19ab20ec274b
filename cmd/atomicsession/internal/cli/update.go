package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/changejson"
	"github.com/atomicsession/atomicsession/memstore"
)

var update = command{
	name: "update", synopsis: "--user USER (--session ID | --all) --changes JSON [FLAG...]",
	summary: "change what a user's live sessions hold", define: defineUpdate,
	about: `Each session is changed in one atomic step, which is no use of it. The changes are those of
the demo's POST /api/session/update, see docs/demo.md. Where a condition does not hold,
--all leaves the session as it is; with --session that is an error.

In a shell, single quotes keep the $ in {"$date":"…"}; \u0024date means the same. With -
the JSON comes from standard input.

  atomicsession update --store sqlite:sessions.db --user ada --all \
      --changes '{"ops":[{"op":"set","path":"role","value":"guest"}]}'
  atomicsession update --store sqlite:sessions.db --user ada --session Kx3 \
      --changes '{"ops":[{"op":"inc","path":"n","value":1}],"if":[{"path":"n","lt":9}]}'
  atomicsession update --store sqlite:sessions.db --user ada --all --dry-run --changes - <file
`,
}

type updateFlags struct {
	store                  *storeFlags
	user, session, changes string
	all, dry, inJSON       bool
	env                    Environment
}

func defineUpdate(flags *flag.FlagSet, env Environment) func(context.Context) error {
	f := updateFlags{store: defineStore(flags), env: env}
	defineUser(flags, &f.user)
	flags.Func("session", "change the session with this `ID`; or the beginning of one", idPrefix(&f.session))
	flags.BoolVar(&f.all, "all", false, "change all sessions of the user")
	flags.Func("changes", "the changes: `JSON`, or - for standard input", given(&f.changes, "changes"))
	flags.BoolVar(&f.dry, "dry-run", false, "change nothing, and print how many sessions there are")
	flags.BoolVar(&f.inJSON, "json", false, "print one JSON object instead of text")
	return func(ctx context.Context) error { return f.run(ctx) }
}

func (f *updateFlags) run(ctx context.Context) error {
	switch {
	case f.user == "":
		return misused("name a user with --user")
	case f.all == (f.session != ""):
		return misused("name a session with --session, or say --all")
	case f.changes == "":
		return misused("say with --changes what to change")
	case f.changes == "-" && f.store.file == "-":
		return misused("--changes and --store-file cannot both be standard input")
	}
	changes, err := f.read(ctx)
	if err != nil {
		return err
	}
	return f.store.with(ctx, f.env, func(m *atomicsession.Manager, name string) error {
		done := counted{Store: name, User: f.user, DryRun: &f.dry}
		what, err := f.change(ctx, m, changes, &done)
		if f.inJSON {
			return errors.Join(err, writeJSON(f.env, done))
		}
		if err == nil || done.Count > 0 {
			verb := "changed "
			if f.dry {
				verb = "would change "
			}
			_, printErr := fmt.Fprintln(f.env.Stdout, verb+what)
			err = errors.Join(err, printErr)
		}
		return err
	})
}

// change changes what the flags say, and returns in words what that was.
func (f *updateFlags) change(ctx context.Context, m *atomicsession.Manager, changes []atomicsession.Change, done *counted) (string, error) {
	if f.all {
		var err error
		if f.dry {
			var infos []atomicsession.Info
			infos, err = m.UserSessions(ctx, f.user)
			done.Count = len(infos)
		} else {
			done.Count, err = m.UpdateUser(ctx, f.user, changes...)
		}
		done.Complete = err == nil && (!f.dry || done.Count < mostListed)
		return done.text(), err
	}
	id, err := find(ctx, m, f.user, "--session", f.session, f.dry)
	if err == nil && !f.dry {
		err = m.UpdateSession(ctx, f.user, id, changes...)
	}
	if err == nil {
		done.Count, done.Complete = 1, true
	}
	return "session " + id.String(), err
}

// maxChanges is how many bytes of changes are read: more than a session may hold.
const maxChanges = 2 << 20

// read returns the changes, of which it is known that some session could take them.
func (f *updateFlags) read(ctx context.Context) ([]atomicsession.Change, error) {
	text := []byte(f.changes)
	if f.changes == "-" {
		var err error
		text, err = await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(f.env.Stdin, maxChanges+1)) })
		if err != nil {
			return nil, fmt.Errorf("--changes: %w", err)
		}
	}
	if len(text) > maxChanges {
		return nil, misused("--changes: more than %d bytes", maxChanges)
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		return nil, misused("--changes: standard input is empty")
	}
	changes, err := changejson.Parse("text", text)
	if err != nil {
		return nil, misused("--changes: %v", err)
	}
	m, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		return nil, err
	}
	// A store without sessions refuses what would be refused for every one of them.
	switch err := m.UpdateSession(ctx, f.user, atomicsession.ID{1}, changes...); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, atomicsession.ErrNotFound):
		return changes, nil
	default:
		return nil, misused("--changes: %v", err)
	}
}
