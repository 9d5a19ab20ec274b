package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/atomicsession/atomicsession"
)

var sweep = command{
	name: "sweep", synopsis: "[FLAG...]", summary: "remove expired sessions from a store", define: defineSweep,
	about: `An expired session is gone for every purpose; this frees its room. Redis and MongoDB drop
expired sessions by themselves: there is nothing to do then, which is no failure.

  atomicsession sweep --store sqlite:/var/lib/app/sessions.db
  atomicsession sweep --store-file /etc/app/store --timeout 1m
`,
}

// swept is what a sweep has done.
type swept struct {
	Store    string `json:"store"`
	Removed  int    `json:"removed"`
	ByServer bool   `json:"by_server"` // the server removes expired sessions itself
}

func defineSweep(flags *flag.FlagSet, env Environment) func(context.Context) error {
	store, asJSON := defineStore(flags), jsonFlag(flags)
	flags.BoolFunc("dry-run", hidden, func(string) error {
		return errors.New("no store can count expired sessions without removing them, and nobody can use one")
	})
	return func(ctx context.Context) error {
		return store.with(ctx, env, func(m *atomicsession.Manager, name string) error {
			n, err := m.Sweep(ctx)
			byServer := errors.Is(err, errors.ErrUnsupported)
			if byServer {
				err = nil
			}
			return errors.Join(err, swept{name, n, byServer}.print(env, *asJSON, err != nil))
		})
	}
}

func (s swept) print(env Environment, asJSON, failed bool) (err error) {
	switch {
	case asJSON:
		err = writeJSON(env, s)
	case s.ByServer:
		_, err = fmt.Fprintf(env.Stdout, "nothing to do: the server of this store drops expired sessions itself (%s)\n", s.Store)
	case !failed || s.Removed > 0:
		_, err = fmt.Fprintf(env.Stdout, "removed %s\n", count(s.Removed, "expired session"))
	}
	return err
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
