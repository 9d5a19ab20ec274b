//go:build mutants

package browsers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/internal/mutant"
)

// mutants are faults that the model must find within one run. A change of the library that touches such a place must bring the row
// up to date.
var mutants = []struct {
	name  string
	edits mutant.Edits
}{
	{"A1: a second sign-in never goes on with the first", mutant.Edits{
		{"update.go", `if s.overtaken() && u.signsInAgain() {`, `if false && u.signsInAgain() {`},
	}},
	{"A1: the form of a replaced secret is refused", mutant.Edits{
		{"csrf.go", `why != nil && !s.overtaken() {`, `why != nil {`},
	}},
	{"A1: the copy is for every user", mutant.Edits{{"sign_in.go", `case r.User != user:`, `case r.User == "":`}}},
	{"A1: the copy is of sessions that had a user before, too", mutant.Edits{
		{"driver/update.go", `*u.User != "" && m.User == ""`, `*u.User != ""`},
	}},
	{"A1: the window never ends", mutant.Edits{
		{"memstore/record.go", `case !now.Before(rec.renewed.Add(driver.RenewalWindow)):`, `case rec.renewed.IsZero():`},
	}},
	{"B3: a session begins in every request", mutant.Edits{
		{"cross_site.go", `if s.m.comesAlong(s.request) {`, `if true {`},
	}},
	{"B3: Strict is taken for Lax", mutant.Edits{
		{"cross_site.go", `return sameSite == http.SameSiteLaxMode &&`, `return sameSite != http.SameSiteNoneMode &&`},
	}},
	{"C6: a cookie that is no token counts", mutant.Edits{
		{"cookie.go", "several := false\n", "several, invalid := false, false\n"},
		{"cookie.go", "case !valid:\n", "case !valid:\n\t\t\t\tinvalid = true\n"},
		{"cookie.go", "if several {\n", "if several || invalid && count > 1 {\n"},
	}},
	{"C6: the same session twice counts as two", mutant.Edits{
		{"cookie.go", `case candidate.id != t.id || candidate.secret != t.secret:`, `default:`},
	}},
	{"C7: there are no realms", mutant.Edits{{"token.go", `return scope(m.opts.Realm)`, `return ""`}}},
	{"C7: plain HTTP is as good as TLS", mutant.Edits{{"token.go", `return scope(m.opts.Realm + "\x00http")`, `return scope(m.opts.Realm)`}}},
	{"C8: a late use shortens", mutant.Edits{{"driver/update.go", `now.After(m.LastUsed) {`, `!now.IsZero() {`}}},
	{"C8: a lowered MaxAge is ignored", mutant.Edits{
		{
			"driver/update.go", `m.Expires = m.LastUsed.Add(min(m.Lifetime, u.MaxAge))`,
			`if e := m.LastUsed.Add(min(m.Lifetime, u.MaxAge)); e.After(m.Expires) {
			m.Expires = e
		}`,
		},
	}},
	{"C8: a use ignores Lifetime", mutant.Edits{
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
			cmd := mutant.Test(t, root, "internal/browsers", m.edits, "-run=^TestBrowsers$", ".")
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
