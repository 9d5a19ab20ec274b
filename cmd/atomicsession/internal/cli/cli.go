// Package cli is the command atomicsession. It uses package flag alone: a few small commands need no more.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
	"github.com/atomicsession/atomicsession/driver"
)

// Environment is what a command works with.
type Environment struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Getenv returns a variable's value; nil knows none.
	Getenv func(string) string
	// Terminal says that Stderr is one: somebody is waiting.
	Terminal bool
}

// command is one subcommand.
type command struct {
	name, synopsis, summary string
	// about is what help says beside the flags, examples included.
	about string
	// define registers the flags and returns what runs once they are set.
	define func(*flag.FlagSet, Environment) func(context.Context) error
}

var commands = []command{demo, sessions, update, sweep, migrate, version}

// The exit statuses of the command, which its help explains.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// usageError is a mistake in the command line: nothing was done.
type usageError struct{ reason string }

func (e *usageError) Error() string { return e.reason }

func misused(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// Run runs the command line until it is done or ctx ends, and returns the exit status. What is wrong it tells in one line.
func Run(ctx context.Context, args []string, env Environment) int {
	out := &checkedWriter{w: env.Stdout}
	env.Stdout = out
	name, err := run(ctx, args, env)
	if out.err != nil {
		err = fmt.Errorf("cannot write the output: %w", out.err)
	}
	if err == nil {
		return 0
	}
	_, malformed := errors.AsType[*storeurl.URLError](err)
	_, misused := errors.AsType[*usageError](err)
	hint, status := "", exitFailed
	switch {
	case malformed, misused:
		hint, status = fmt.Sprintf(`; see "atomicsession help%s"`, name), exitUsage
	case ctx.Err() != nil:
		status = exitInterrupted
	}
	fmt.Fprintf(env.Stderr, "atomicsession%s: %s%s\n", name, driver.OneLine(err.Error()), hint)
	return status
}

// run returns the name of the command, with a space in front, and what went wrong with it.
func run(ctx context.Context, args []string, env Environment) (string, error) {
	if len(args) == 0 {
		overview(env.Stderr)
		return "", misused("no command given")
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return "", help(rest, env)
	case "-version", "--version":
		name = version.name
	}
	for _, c := range commands {
		if c.name == name {
			return " " + name, c.run(ctx, rest, env)
		}
	}
	return "", unknownCommand(name)
}

// shown matches what may be shown of a command line: a URL with a password in the wrong place does not.
var shown = regexp.MustCompile(`^[a-z][a-z-]{0,20}$`)

func unknownCommand(name string) error {
	if !shown.MatchString(name) {
		return misused("the first word is no command")
	}
	return misused("unknown command %q", name)
}

func (c command) run(ctx context.Context, args []string, env Environment) error {
	flags, work := c.flags(env)
	once(flags)
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		c.help(env)
		return nil
	} else if err != nil {
		return flagError(err)
	}
	if n := flags.NArg(); n > 0 { // not which: it may be a part of a password with a space in it
		return misused("it takes flags alone, and there is something else behind them or in between")
	}
	return work(ctx)
}

func (c command) flags(env Environment) (*flag.FlagSet, func(context.Context) error) {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	return flags, c.define(flags, env)
}

var (
	badName  = regexp.MustCompile(`(?s)^(flag provided but not defined|flag needs an argument): -(.*)$`)
	badValue = regexp.MustCompile(`(?s)^invalid (?:.* for (?:flag )?-|boolean flag )([a-z-]+): (.*)$`)
)

// flagError says what package flag says, without values: one may hold a password.
func flagError(err error) error {
	if m := badName.FindStringSubmatch(err.Error()); m != nil && shown.MatchString(m[2]) {
		what := map[string]string{"flag needs an argument": "needs a value", "flag provided but not defined": "is unknown"}[m[1]]
		return misused("the flag --%s %s", m[2], what)
	}
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		reason := m[2]
		if reason == "parse error" {
			reason = "its value is malformed"
		}
		return misused("--%s: %s", m[1], strings.TrimSpace(reason))
	}
	return misused("a malformed or unknown flag")
}
