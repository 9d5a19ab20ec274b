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
	layouts map[string]string // layout versions of the stores that it has, by their folders; "" where the comment says none
}

var stores = []string{"sqlitestore", "sqlitestore/sqlitedb", "pgstore", "mysqlstore", "redisstore", "mongostore"}

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
	if both.before, err = before(root, history); err != nil {
		return both, err
	}
	both.now = build{program: filepath.Join(dir, "now.exe"), name: "now", layouts: layouts(root)}
	_, err = run(root, "go", "build", "-o", both.now.program, command)
	return both, err
})

// run runs a program in a folder and returns what it prints, without white space around it.
func run(dir string, args ...string) (string, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=", "GOFLAGS="+os.Getenv("GOFLAGS")+" -buildvcs=false")
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

// unbuilt is how many commits may differ and not build: their authors have seen the tests fail, too.
const unbuilt = 5

// before makes the version before.
func before(root string, history []string) (build, error) {
	git := func(args ...string) (string, error) { return run(root, append(slices.Clip(history), args...)...) }
	const ours = `{{if not .Standard}}{{if .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}}
{{end}}{{range .EmbedFiles}}{{$.Dir}}/{{.}}
{{end}}{{end}}{{end}}`
	listed, err := run(root, "go", "list", "-deps", "-f", ours, command)
	if err != nil {
		return build{}, err
	}
	files := strings.Fields(listed)
	tags, err := git("tag", "--merged", "HEAD", "--sort=-version:refname", "--list", "v[0-9]*")
	if err != nil {
		return build{}, err
	}
	commits, err := git("rev-list", "--first-parent", "HEAD")
	if err != nil {
		return build{}, err
	}
	tagged, tries := strings.Fields(tags), 0
	for i, name := range append(tagged, strings.Fields(commits)...) {
		if _, err := git(append([]string{"diff", "--quiet", name, "--"}, files...)...); err == nil {
			continue
		}
		old := filepath.Join(dir, name)
		b := build{program: old + ".exe", name: name[:min(len(name), 12)], tagged: i < len(tagged)}
		_, err := git("archive", "--output="+old+".tar", name)
		for _, args := range [][]string{{"mkdir", old}, {"tar", "-xf", old + ".tar", "-C", old}} {
			if err == nil {
				_, err = run(dir, args...)
			}
		}
		if err == nil {
			_, err = run(old, "go", "build", "-o", b.program, command)
		}
		if tries++; err == nil || b.tagged || tries > unbuilt {
			b.layouts = layouts(old)
			return b, err
		}
	}
	return build{}, errors.New("no commit before this one differs in what the program is built of, and builds")
}

var sentence = regexp.MustCompile(`(?m)^// It writes layout version (\d+)`)

// layouts returns what the comments of the stores say, which tests of theirs compare with what they write.
func layouts(root string) map[string]string {
	found := make(map[string]string)
	for _, store := range stores {
		files, _ := filepath.Glob(filepath.Join(root, store, "*.go"))
		if len(files) > 0 {
			found[store] = ""
		}
		for _, file := range files {
			text, _ := os.ReadFile(file)
			if m := sentence.FindSubmatch(text); m != nil {
				found[store] = string(m[1])
			}
		}
	}
	return found
}
