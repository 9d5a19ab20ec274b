package cli

import (
	"strings"
	"testing"
)

// TestUpdateRefused gives changes that no session could take: that is a mistake in the command line, told before any store is
// asked.
func TestUpdateRefused(t *testing.T) {
	url, ids := newSQLite(t, 1)
	for _, tc := range []struct{ changes, want string }{
		{`{"ops":[{"op":"set","path":"a","value":1}]`, "text is not JSON"},
		{`{"ops":[{"op":"set","path":"a"}]}`, `text.ops[0] has no field "value"`},
		{`{"ops":[{"op":"set","path":"a..b","value":1}]}`, "a..b"},
		{`{"ops":[{"op":"set","path":"a","value":{"":"2026-01-01T00:00:00Z"}}]}`, "malformed name"}, // what a shell makes of {"$date":"…"}
		{`{"ops":[{"op":"set","path":"a","value":1},{"op":"inc","path":"a","value":1}]}`, "conflict"},
		{`{}`, `text has neither "ops" nor "if"`},
		{" \n", "empty"},
		{"redis://:QXZ@host", "text is not JSON"},
	} {
		for _, flags := range [][]string{{"--all"}, {"--session", ids[0]}, {"--all", "--dry-run"}} {
			args := append([]string{"update", "--store", url, "--user", "ada", "--changes", "-"}, flags...)
			status, out, errs := runCommand(t, Environment{Stdin: strings.NewReader(tc.changes)}, args...)
			if status != exitUsage || out != "" || !strings.Contains(errs, "--changes: ") || !strings.Contains(errs, tc.want) ||
				strings.Count(errs, "\n") != 1 || strings.Contains(errs, "QXZ") {
				t.Errorf("%s: %d %q %q, want %q", tc.changes, status, out, errs, tc.want)
			}
		}
	}
	if _, out, _ := runCommand(t, Environment{}, "sessions", "--store", url, "--user", "ada", "--document", ids[0]); out != "{}\n" {
		t.Errorf("afterwards: %s", out)
	}
}

// TestUpdateTyped types a time, as a shell leaves it.
func TestUpdateTyped(t *testing.T) {
	url, ids := newSQLite(t, 1)
	for _, changes := range []string{
		`{"ops":[{"op":"set","path":"at","value":{"$date":"2026-01-31T12:00:00Z"}}]}`,
		`{"ops":[{"op":"set","path":"at","value":{"\u0024date":"2026-01-31T12:00:00Z"}}]}`,
	} {
		args := []string{"update", "--store", url, "--user", "ada", "--session", ids[0][:4], "--changes", changes}
		if status, out, errs := runCommand(t, Environment{}, args...); status != 0 || out != "changed session "+ids[0]+"\n" {
			t.Errorf("%s: %d %q %q", changes, status, out, errs)
		}
		_, out, _ := runCommand(t, Environment{}, "sessions", "--store", url, "--user", "ada", "--document", ids[0])
		if out != `{"at":{"$date":"2026-01-31T12:00:00.000Z"}}`+"\n" {
			t.Errorf("%s made %s", changes, out)
		}
		runCommand(t, Environment{}, "update", "--store", url, "--user", "ada", "--all", "--changes", `{"ops":[{"op":"unset","path":"at"}]}`)
	}
}
