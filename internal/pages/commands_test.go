package pages

import (
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
)

// TestCommands looks up every command that a page names, in a block or within a line: targets of make, packages and tests of go, scripts,
// and the commands and flags of atomicsession.
func TestCommands(t *testing.T) {
	check := newChecker(t)

	// It finds what is wrong.
	for _, tc := range []struct {
		line  string
		right bool
	}{
		{"make test", true},
		{"make tea", false},
		{"go test -run '^TestCommands$' ./internal/pages", true},
		{"go test -run TestNoSuchThing ./internal/pages", false},
		{"go test ./internal/nothing", false},
		{"go get github.com/atomicsession/atomicsession/sqlitestore", true},
		{"go get github.com/atomicsession/atomicsession/oraclestore", false},
		{"go run ./cmd/atomicsession demo --addr 127.0.0.1:0", true},
		{"go run github.com/atomicsession/atomicsession/cmd/atomicsession@latest demo --port 1", false},
		{"atomicsession sessions --store sqlite:x --everyone --count", true},
		{"atomicsession session", false},
		{"scripts/setup.sh", true},
		{"scripts/set-up.sh", false},
	} {
		if problem, known := check.command(tc.line); !known || tc.right != (problem == "") {
			t.Errorf("%s: %v, %q", tc.line, known, problem)
		}
	}

	n := 0
	for _, p := range pages(t) {
		for _, command := range p.commands() {
			if problem, known := check.command(command); known {
				n++
				if problem != "" {
					t.Errorf("%s: %s: %s", p.file, command, problem)
				}
			}
		}
	}
	if n < 80 {
		t.Errorf("only %d commands were found", n)
	}
}

// commands returns the lines of blocks of shell, and what is set as code within a line.
func (p page) commands() []string {
	var found []string
	add := func(text string) {
		text = strings.ReplaceAll(text, "\\\n", " ")
		for line := range strings.SplitSeq(text, "\n") {
			line, _, _ = strings.Cut(" "+strings.TrimSpace(line), " #")
			found = append(found, strings.TrimPrefix(strings.TrimSpace(line), "$ "))
		}
	}
	for _, b := range p.blocks() {
		if slices.Contains([]string{"", "sh", "console"}, b.language) {
			add(b.text)
		}
	}
	p.walk(func(n ast.Node) {
		if span, ok := n.(*ast.CodeSpan); ok {
			add(strings.ReplaceAll(p.plain(span), "\n", " "))
		}
	})
	return found
}

type checker struct {
	targets  map[string]bool // of make
	tests    map[string]bool // tests and benchmarks
	commands map[string]string
}

var (
	target   = regexp.MustCompile(`(?m)^([a-z-]+):`)
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Benchmark|Example|Fuzz)\w*)\(`)
	flagName = regexp.MustCompile(`--[a-z][a-z-]*`)
)

func newChecker(t *testing.T) checker {
	t.Helper()
	c := checker{make(map[string]bool), make(map[string]bool), make(map[string]string)}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range target.FindAllSubmatch(makefile, -1) {
		c.targets[string(m[1])] = true
	}
	for _, file := range files(t, "*_test.go") {
		source, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range testFunc.FindAllSubmatch(source, -1) {
			c.tests[string(m[1])] = true
		}
	}
	binary := filepath.Join(t.TempDir(), "atomicsession")
	c.run(t, "go", "build", "-o", binary, "./cmd/atomicsession")
	for _, m := range regexp.MustCompile(`(?m)^  atomicsession (\w+)`).FindAllStringSubmatch(c.run(t, binary, "help"), -1) {
		c.commands[m[1]] = c.run(t, binary, "help", m[1])
	}
	if len(c.commands) < 6 || len(c.targets) < 10 || len(c.tests) < 1000 {
		t.Fatalf("%d commands, %d targets, %d tests", len(c.commands), len(c.targets), len(c.tests))
	}
	return c
}

func (checker) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}

// command says what is wrong with a command, if it is one of those that can be looked up.
func (c checker) command(line string) (problem string, known bool) {
	words := strings.Fields(line)
	for len(words) > 0 && strings.Contains(words[0], "=") { // variables
		words = words[1:]
	}
	if len(words) < 2 {
		if len(words) == 1 && strings.HasPrefix(words[0], "scripts/") {
			return c.exists(words[0]), true
		}
		return "", false
	}
	switch first, second := words[0], words[1]; {
	case first == "make":
		if !c.targets[second] {
			return "make knows no such target", true
		}
		return "", true
	case strings.HasPrefix(first, "scripts/"):
		return c.exists(first), true
	case first == "go" && slices.Contains([]string{"run", "get", "install", "doc", "test"}, second):
		return c.goCommand(words[2:])
	case first == "atomicsession" && second != "token" && second != "verifier" && second != "csrf": // which docs/security.md has hashed
		return c.ours(words[1:]), !strings.HasSuffix(second, ":") // that is the beginning of a message
	}
	return "", false
}

// goCommand looks for our packages, and for the tests that -run and -bench select.
func (c checker) goCommand(args []string) (problem string, known bool) {
	for i, arg := range args {
		name, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if (name == "run" || name == "bench") && strings.HasPrefix(arg, "-") {
			if !joined && i+1 < len(args) {
				value = args[i+1]
			}
			if !c.selects(strings.Trim(value, `'"`)) {
				return "no test or benchmark is called " + value, true
			}
			known = true
		}
		place := strings.TrimSuffix(arg, "...")
		place, _, _ = strings.Cut(place, "@")
		if rest, ours := strings.CutPrefix(place, "github.com/atomicsession/atomicsession"); ours {
			place = "." + rest
		}
		if place == "./cmd/atomicsession" {
			return c.ours(args[i+1:]), true
		}
		if strings.HasPrefix(place, "./") && place != "./" {
			if problem := c.exists(place); problem != "" {
				return problem, true
			}
			known = true
		}
	}
	return "", known
}

// selects is whether a pattern of go test selects anything. That it may select nothing is often wanted: -run=^$.
func (c checker) selects(pattern string) bool {
	if pattern == "-" || pattern == "^$" {
		return true
	}
	name, _, _ := strings.Cut(pattern, "/")
	re, err := regexp.Compile(name)
	return err == nil && slices.ContainsFunc(slices.Collect(maps.Keys(c.tests)), re.MatchString)
}

// exists looks for a path of the repository, or for a name that is declared in a package of that path.
func (checker) exists(place string) string {
	place = path.Clean(place)
	if _, err := os.Stat(filepath.Join(root, place)); err == nil {
		return ""
	}
	folder, _, found := strings.Cut(place, ".") // driver.MaxInside
	if _, err := os.Stat(filepath.Join(root, folder)); err == nil && found && folder != "" {
		return ""
	}
	return "there is no " + place
}

// ours looks at a command line of atomicsession.
func (c checker) ours(args []string) string {
	if len(args) == 0 || slices.Contains([]string{"help", "--help", "-h", "--version"}, args[0]) {
		return ""
	}
	help, found := c.commands[args[0]]
	if !found {
		return "atomicsession knows no such command"
	}
	for _, flag := range flagName.FindAllString(strings.Join(args[1:], " "), -1) {
		if !slices.Contains(flagName.FindAllString(help, -1), flag) {
			return "atomicsession " + args[0] + " knows no " + flag
		}
	}
	return ""
}
