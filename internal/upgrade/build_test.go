package upgrade

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// command is the program, which is released like the stores.
const command = "./cmd/atomicsession"

// build is a version of the program.
type build struct {
	program string
	name    string // of the commit
	tagged  bool
	layouts map[string]string // layout versions, by the folders of the stores; "" where the comment says none
}

var stores = []string{"sqlitestore", "pgstore", "redisstore", "mongostore"}

// dir is where they are built.
var dir string

func TestMain(m *testing.M) {
	var err error
	if dir, err = os.MkdirTemp("", "upgrade"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// builds makes both programs, once for all tests.
var builds = sync.OnceValues(func() (both struct{ before, now build }, err error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return both, err
	}
	history, err := history(root)
	if err != nil {
		return both, fmt.Errorf("it takes a clone of the repository, since the version before is built of its history: %w", err)
	}
	if both.before.name, both.before.tagged, err = neighbour(root, history); err != nil {
		return both, err
	}
	old := filepath.Join(dir, "before")
	both.before.program, both.now.program = filepath.Join(dir, "before.exe"), filepath.Join(dir, "now.exe")
	both.now.name = "now"
	if err := os.Mkdir(old, 0o700); err != nil {
		return both, err
	}
	for _, args := range [][]string{
		append(append([]string{root}, history...), "archive", "--output="+old+".tar", both.before.name),
		{dir, "tar", "-xf", old + ".tar", "-C", old},
		{old, "go", "build", "-o", both.before.program, command},
		{root, "go", "build", "-o", both.now.program, command},
	} {
		if _, err := run(args[0], args[1:]...); err != nil {
			return both, err
		}
	}
	both.before.layouts, both.now.layouts = layouts(old), layouts(root)
	return both, nil
})

// run runs a program in a folder and returns what it prints, without white space around it.
func run(dir string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=", "GOFLAGS=-buildvcs=false")
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", strings.Join(args[:min(5, len(args))], " "), err, complaint.String())
	}
	return strings.TrimSpace(string(out)), err
}

// history returns the beginning of git commands about a working tree that have its history at hand: of a shallow clone, in another one of
// where that came from. git trusts nobody's repository but the user's own unless it is told to.
func history(root string) ([]string, error) {
	git := []string{"git", "-c", "safe.directory=*"}
	shallow, err := run(root, append(git, "rev-parse", "--is-shallow-repository")...)
	if err != nil || shallow == "false" {
		return git, err
	}
	origin, err := run(root, append(git, "remote", "get-url", "origin")...)
	if err != nil {
		return nil, err
	}
	whole := filepath.Join(dir, "history")
	if _, err := run(root, append(git, "clone", "--quiet", "--bare", origin, whole)...); err != nil {
		return nil, err
	}
	return append(git, "--git-dir="+whole, "--work-tree="+root), nil
}

// neighbour returns the version before, and whether it is a tag.
func neighbour(root string, history []string) (name string, tagged bool, err error) {
	git := func(args ...string) (string, error) { return run(root, append(slices.Clip(history), args...)...) }
	const ours = `{{if not .Standard}}{{if .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$.Dir}}/{{.}}
{{end}}{{end}}{{end}}`
	listed, err := run(root, "go", "list", "-deps", "-f", ours, command)
	if err != nil {
		return "", false, err
	}
	files := strings.Fields(listed)
	tags, err := git("tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v[0-9]*")
	if err != nil {
		return "", false, err
	}
	commits, err := git("rev-list", "--first-parent", "HEAD")
	if err != nil {
		return "", false, err
	}
	tagged = true
	for _, list := range []string{tags, commits} {
		for name := range strings.FieldsSeq(list) {
			if _, err := git(append([]string{"diff", "--quiet", name, "--"}, files...)...); err != nil {
				return name[:min(len(name), 12)], tagged, nil
			}
		}
		tagged = false
	}
	return "", false, errors.New("no commit before this one differs in what the program is built of")
}

var sentence = regexp.MustCompile(`(?m)^// It writes layout version (\d+)`)

// layouts returns what the comments of the stores say, which tests of theirs compare with what they write.
func layouts(root string) map[string]string {
	found := make(map[string]string)
	for _, store := range stores {
		files, _ := filepath.Glob(filepath.Join(root, store, "*.go"))
		for _, file := range files {
			text, _ := os.ReadFile(file)
			if m := sentence.FindSubmatch(text); m != nil {
				found[store] = string(m[1])
			}
		}
	}
	return found
}
