package cli

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
)

const outlook = `Command atomicsession shows sessions that lose no update, and looks after the stores they are in.

Try "atomicsession demo": a page in the browser that needs no server and no configuration.
`

const storesHelp = `
Stores, by URL:%s

The URL is given by --store, in a file by --store-file, or else by the variable
ATOMICSESSION_STORE.
A password in --store can be seen by all users of the machine (ps): use one of the others.
In user and password write %%40 for @, %%2F for /, %%3F for ?, %%23 for #, %%25 for %%.
Unknown, misspelt and repeated parameters are errors.
`

const exitHelp = `
Exit status:
  0    done, even if there was nothing to do
  1    failed: the store, the network, the output; what was done before is printed
  2    the command line or the URL is wrong (parameters, too); nothing was done
  130  interrupted by a signal; what was done before is printed
`

// hidden is the usage of a flag that only explains why there is none.
const hidden = ""

// overview is the help of the whole command.
func overview(w io.Writer) {
	fmt.Fprintf(w, "%s\nCommands:\n", outlook)
	for _, c := range commands {
		fmt.Fprintf(w, "  atomicsession %-10s%s\n", c.name, c.summary)
	}
	fmt.Fprintf(w, "  atomicsession %-10sthis text, or \"help COMMAND\": its flags, with examples\n", "help")
	fmt.Fprintf(w, storesHelp, storeurl.Usage())
	fmt.Fprint(w, exitHelp)
}

// help answers "help" and "help COMMAND".
func help(args []string, env Environment) error {
	switch len(args) {
	case 0:
		overview(env.Stdout)
		return nil
	case 1:
	default:
		return misused("help takes one command")
	}
	if args[0] == "help" {
		overview(env.Stdout)
		return nil
	}
	for _, c := range commands {
		if c.name == args[0] {
			c.help(env)
			return nil
		}
	}
	return unknownCommand(args[0])
}

// help prints the help of one command.
func (c command) help(env Environment) {
	flags, _ := c.flags(env)
	fmt.Fprintf(env.Stdout, "Usage: atomicsession %s %s\n\n%s.\n", c.name, c.synopsis, strings.ToUpper(c.summary[:1])+c.summary[1:])
	if c.about != "" {
		fmt.Fprintf(env.Stdout, "\n%s", c.about)
	}
	first := true
	flags.VisitAll(func(f *flag.Flag) {
		if f.Usage == hidden {
			return
		}
		if first {
			fmt.Fprint(env.Stdout, "\nFlags:\n")
			first = false
		}
		value, usage := flag.UnquoteUsage(f)
		if f.DefValue != "" && f.DefValue != "false" {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		fmt.Fprintf(env.Stdout, "  --%-20s %s\n", strings.TrimSpace(f.Name+" "+value), usage)
	})
	if flags.Lookup("store") != nil {
		fmt.Fprintf(env.Stdout, storesHelp, storeurl.Usage())
	}
}
