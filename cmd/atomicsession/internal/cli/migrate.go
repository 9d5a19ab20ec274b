package cli

import (
	"context"
	"flag"
	"fmt"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
)

var migrate = command{
	name: "migrate", synopsis: "[FLAG...]", summary: "make the tables or indexes of a store, or bring them up to date", define: defineMigrate,
	about: `It does what an application does that calls Migrate (EnsureIndexes on MongoDB) at its start:
for applications whose own user may not. It may run at any time, and again. A store of a
newer version than this program is left alone, which is a failure.
With --print it changes nothing, and prints the script that does the same in psql, mariadb
(or mysql), sqlite3 or mongosh: nothing on standard output if there is nothing to do.
Redis, memory and sqlite: files have nothing to migrate, which is no failure.

  atomicsession migrate --store-file /etc/app/store-of-owner --timeout 10m
  atomicsession migrate --store-file /etc/app/store --print | psql -v ON_ERROR_STOP=1 app
  atomicsession migrate --store "mysql://app@db.example.com/app" --print >sessions.sql
`,
}

type migrateFlags struct {
	store         *storeFlags
	print, inJSON bool
	env           Environment
}

// migrated is what a migration has done.
type migrated struct {
	Store      string `json:"store"`
	Changed    bool   `json:"changed"`
	Procedures *bool  `json:"procedures"` // whether updates are one CALL; null where no store has procedures that it can do without
}

func defineMigrate(flags *flag.FlagSet, env Environment) func(context.Context) error {
	f := migrateFlags{store: defineStore(flags), env: env}
	flags.BoolVar(&f.print, "print", false, "change nothing, and print the script")
	flags.BoolVar(&f.inJSON, "json", false, "print one JSON object instead of text")
	return func(ctx context.Context) error {
		if f.print && f.inJSON {
			return misused("--print and --json exclude each other")
		}
		return f.store.withOpened(ctx, env, storeurl.Unprepared, func(opened *storeurl.Opened) error { return f.run(ctx, opened) })
	}
}

func (f *migrateFlags) run(ctx context.Context, opened *storeurl.Opened) error {
	done := migrated{Store: opened.Name}
	if opened.Migrator == nil {
		return f.tell(done, "such a store has nothing to migrate")
	}
	script, err := bounded(ctx, f, opened.Migrator.Migration)
	switch {
	case err != nil:
		return err
	case f.print && script != "":
		_, err = fmt.Fprint(f.env.Stdout, script)
		return err
	case script != "":
		left, err := bounded(ctx, f, func(ctx context.Context) (string, error) {
			if err := opened.Migrator.Migrate(ctx); err != nil {
				return "", err
			}
			return opened.Migrator.Migration(ctx)
		})
		if err != nil {
			return err
		}
		done.Changed = left != script // what the user may not add and the store can do without is still left
	}
	if s, ok := opened.Migrator.(interface {
		HasProcedures(ctx context.Context) (bool, error)
	}); ok && !f.print {
		has, err := bounded(ctx, f, s.HasProcedures)
		if err != nil {
			return err
		}
		done.Procedures = &has
	}
	return f.tell(done, "the store is up to date")
}

// bounded gives a call the time that the flags allow.
func bounded[T any](ctx context.Context, f *migrateFlags, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, f.store.timeout)
	defer cancel()
	return call(ctx)
}

// tell says what was done, or why nothing was. What is printed as a script gets nothing beside it.
func (f *migrateFlags) tell(done migrated, nothing string) error {
	if f.inJSON {
		return writeJSON(f.env, done)
	}
	out, text := f.env.Stdout, "migrated"
	if f.print {
		out = f.env.Stderr
	}
	if !done.Changed {
		text = "nothing to do: " + nothing
	}
	text += " (" + done.Store + ")\n"
	if done.Procedures != nil && *done.Procedures {
		text += "for this user an update is one CALL\n"
	} else if done.Procedures != nil {
		text += "for this user an update is a transaction of several statements: there are no procedures, or it may not execute them\n"
	}
	_, err := fmt.Fprint(out, text)
	return err
}
