package cli

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

var version = command{
	name: "version", synopsis: "[--json]", summary: "print the version, also as --version", define: defineVersion,
}

// build says what this program was built of.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`   // "" if the build did not know it
	Modified bool   `json:"modified"` // there were changes since the commit
	Go       string `json:"go"`
}

func readBuild() build {
	b := build{Version: "unknown", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b build) String() string {
	commit := "unknown"
	if b.Commit != "" {
		commit = b.Commit
	}
	if b.Modified {
		commit += " and changes"
	}
	return fmt.Sprintf("atomicsession %s, commit %s, %s", b.Version, commit, b.Go)
}

func defineVersion(flags *flag.FlagSet, env Environment) func(context.Context) error {
	asJSON := jsonFlag(flags)
	return func(context.Context) error {
		b := readBuild()
		if *asJSON {
			return writeJSON(env, b)
		}
		_, err := fmt.Fprintln(env.Stdout, b)
		return err
	}
}

func jsonFlag(flags *flag.FlagSet) *bool {
	return flags.Bool("json", false, "print one JSON object instead of text")
}
