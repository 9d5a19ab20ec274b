//go:build mutants

package browsers

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is a fault that the library does not have: old is replaced by what follows it.
type mutant struct {
	name  string
	edits []edit
}

type edit struct{ file, old, new string }

// mutants are faults that the model must find within one run. A change of the library that touches such a place must bring the row
// up to date.
var mutants = []mutant{
	{"A1: a second sign-in never goes on with the first", []edit{
		{"update.go", `if s.overtaken() && u.signsInAgain() {`, `if false && u.signsInAgain() {`},
	}},
	{"A1: the form of a replaced secret is refused", []edit{
		{"csrf.go", `why != nil && !s.overtaken() {`, `why != nil {`},
	}},
	{"A1: the copy is for every user", []edit{{"sign_in.go", `case r.User != user:`, `case r.User == "":`}}},
	{"A1: the copy is of sessions that had a user before, too", []edit{
		{"driver/update.go", `*u.User != "" && m.User == ""`, `*u.User != ""`},
	}},
	{"A1: the window never ends", []edit{
		{"memstore/record.go", `case !now.Before(rec.renewed.Add(driver.RenewalWindow)):`, `case rec.renewed.IsZero():`},
	}},
	{"B3: a session begins in every request", []edit{
		{"cross_site.go", `if s.m.comesAlong(s.request) {`, `if true {`},
	}},
	{"B3: Strict is taken for Lax", []edit{
		{"cross_site.go", `return sameSite == http.SameSiteLaxMode &&`, `return sameSite != http.SameSiteNoneMode &&`},
	}},
	{"C6: a cookie that is no token counts", []edit{
		{"cookie.go", "case !valid:\n", "case !valid && ok:\n\t\t\treturn token{}, false, len(cookies)\n\t\tcase !valid:\n\t\t\tif len(cookies) > 1 {\n\t\t\t\treturn token{}, false, len(cookies)\n\t\t\t}\n"},
	}},
	{"C6: the same session twice counts as two", []edit{
		{"cookie.go", `case candidate.id != t.id || candidate.secret != t.secret:`, `default:`},
	}},
	{"C7: there are no realms", []edit{{"token.go", `return scope(m.opts.Realm)`, `return ""`}}},
	{"C7: plain HTTP is as good as TLS", []edit{{"token.go", `return scope(m.opts.Realm + "\x00http")`, `return scope(m.opts.Realm)`}}},
	{"C8: a late use shortens", []edit{{"driver/update.go", `now.After(m.LastUsed) {`, `!now.IsZero() {`}}},
	{"C8: a lowered MaxAge is ignored", []edit{
		{
			"driver/update.go", `m.Expires = m.LastUsed.Add(min(m.Lifetime, u.MaxAge))`,
			`if e := m.LastUsed.Add(min(m.Lifetime, u.MaxAge)); e.After(m.Expires) {
			m.Expires = e
		}`,
		},
	}},
	{"C8: a use ignores Lifetime", []edit{
		{"driver/update.go", `m.LastUsed.Add(min(m.Lifetime, u.MaxAge))`, `m.LastUsed.Add(u.MaxAge)`},
		{"expiry.go", `MaxAge: min(s.m.opts.MaxAge, r.Lifetime)`, `MaxAge: s.m.opts.MaxAge`},
	}},
}

// TestMutants puts each of them into a copy of the files concerned and runs the model. It is for make mutants, since each is a build of
// its own.
func TestMutants(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			cmd := exec.Command("go", "test", "-count=1", "-run=^TestBrowsers$", "-overlay="+m.overlay(t, root), ".") //nolint:gosec // our own
			cmd.Env = append(os.Environ(), "GOWORK=off")
			out, err := cmd.CombinedOutput()
			text := string(out)
			i := strings.LastIndex(text, `: ["rule `)
			switch {
			case err == nil:
				t.Error("not found")
			case i < 0: // it does not build, or something else went wrong
				t.Errorf("no rule is violated: %v\n%s", err, text)
			default:
				t.Log(strings.SplitN(text[i+3:], "\n", 2)[0])
			}
		})
	}
}

// overlay writes the changed files, and what tells go build of them.
func (m mutant) overlay(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	replace := make(map[string]string)
	for _, e := range m.edits {
		path := filepath.Join(root, filepath.FromSlash(e.file))
		source := path
		if replace[path] != "" {
			source = replace[path]
		}
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			t.Fatalf("%s has %d times %q, which this mutant changes: bring its row up to date", e.file, n, e.old)
		}
		replace[path] = filepath.Join(dir, strings.ReplaceAll(e.file, "/", "_"))
		if err := os.WriteFile(replace[path], []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
