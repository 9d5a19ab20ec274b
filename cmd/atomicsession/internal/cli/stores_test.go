package cli

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestStores runs the commands that go through many sessions, or change them, on every kind of store that outlives a command.
func TestStores(t *testing.T) {
	sqlite, _ := newSQLite(t)
	urls := map[string]string{
		"sqlite":   sqlite,
		"sqlitedb": "sqlitedb:" + filepath.Join(t.TempDir(), "app.db"),
		"mysql":    parameter(testserver.MySQLURL(testserver.Serve(t, "MYSQL_URL", "mariadb-server.sh")).String(), "prefix=cli_test_"),
		"postgres": parameter(testserver.Serve(t, "POSTGRES_URL", "postgres-server.sh"), "schema=cli_test"),
		"mongodb":  parameter(testserver.Serve(t, "MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_AUTH="), "collection=cli_test"),
		"redis":    parameter(testserver.Serve(t, "REDIS_URL", "redis-server.sh"), "prefix=cli-stores:"),
	}
	for kind, url := range urls {
		t.Run(kind, func(t *testing.T) { testStore(t, url, kind != "redis") })
	}
}

func parameter(url, text string) string {
	if strings.Contains(url, "?") {
		return url + "&" + text
	}
	return url + "?" + text
}

// seven are sessions of ada, the first two signed in again an hour ago and half an hour ago, of grace and of nobody.
func seven() []driver.Record {
	now := time.Now().UTC().Truncate(time.Millisecond)
	var list []driver.Record
	for i, user := range []string{"ada", "ada", "ada", "ada", "grace", "grace", ""} {
		r := driver.Record{Meta: driver.Meta{
			ID: driver.ID{1, byte(i)}, User: user,
			Created: now.Add(-3 * time.Hour), LastUsed: now.Add(-time.Duration(i) * time.Second), Expires: now.Add(time.Hour),
		}}
		if i < 2 {
			r.Authenticated = now.Add(-time.Hour / time.Duration(1+i))
			r.Attrs = driver.Attrs{"methods": "pwd otp", "label": "desk", "agent": "Mozilla/5.0 \u009b2J", "device": `{"city":"Paris"}`}
		}
		r.Data, _ = driver.ParseDoc(fmt.Sprintf(`{"n":%d,"s":"a\u009bb"}`, i))
		list = append(list, r)
	}
	return list
}

func testStore(t *testing.T, url string, everyone bool) {
	run := func(wantStatus int, line string) (out, errs string) {
		t.Helper()
		status, out, errs := runCommand(t, Environment{}, append(strings.Fields(line), "--store", url)...)
		if status != wantStatus || wantStatus != 0 && strings.Count(errs, "\n") != 1 {
			t.Fatalf("%s: status %d %q %q, want %d", line, status, out, errs, wantStatus)
		}
		return out, errs
	}
	want := func(line, want string) {
		t.Helper()
		if out, _ := run(0, line); out != want {
			t.Errorf("%s: %q, want %q", line, out, want)
		}
	}
	fails := func(line, want string) {
		t.Helper()
		if out, errs := run(exitFailed, line); !strings.Contains(errs, want) || out != "" {
			t.Errorf("%s: %q %q, want %q", line, out, errs, want)
		}
	}
	put(t, url)
	if everyone {
		run(0, "sessions --everyone --revoke-before now") // of a run that was cut short
	} else {
		run(0, "sessions --user ada --revoke-all")
		run(0, "sessions --user grace --revoke-all")
	}
	records := seven()
	ids := put(t, url, records...)

	// Listing.
	out, _ := run(0, "sessions --user ada --json")
	var list listed
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Sessions) != 4 {
		t.Fatalf("%s: %v", out, err)
	}
	first, last := list.Sessions[0], list.Sessions[3]
	if first.ID != ids[0] || first.User != "ada" || first.Label != "desk" || strings.Join(first.Methods, " ") != "pwd otp" || first.Device["city"] != "Paris" ||
		first.UserAgent != "Mozilla/5.0 \u009b2J" || first.Authenticated == nil || !first.Authenticated.Equal(records[0].Authenticated) {
		t.Errorf("listed as %+v, want %+v", first, records[0])
	}
	if last.Authenticated != nil || !strings.Contains(out, `"authenticated":null,"methods":[],"user_agent":"","device":{}`) {
		t.Errorf("one that has not signed in is listed as %+v", last)
	}
	out, _ = run(0, "sessions --user ada")
	if row := strings.Fields(strings.Split(out, "\n")[1]); row[0] != ids[0] || row[2] != records[0].Authenticated.Format(time.RFC3339) ||
		row[3] != "pwd+otp" || row[6] != "desk" || !strings.HasSuffix(out[:strings.Index(out, "\n"+ids[1])], "  Mozilla/5.0 \ufffd2J") {
		t.Errorf("table:\n%s", out)
	}
	want("sessions --user ada --count", "4 sessions\n")
	want("sessions --user ada --document "+ids[1], `{"n":1,"s":"a\u009bb"}`+"\n")
	if out, _ := run(0, "sessions --user ada --json --document "+ids[1]); !strings.Contains(out, `"id":"`+ids[1]+`","document":{"n":1,"s":"a\u009bb"}}`) {
		t.Errorf("document in JSON: %s", out)
	}
	fails("sessions --user ada --document "+ids[4], "session not found")
	if again, _ := run(0, "sessions --user ada --json"); strings.Count(again, "last_used") != 4 || !strings.Contains(again, last.LastUsed.Format(time.RFC3339Nano)) {
		t.Errorf("showing was a use: %s", again)
	}

	// Changing.
	set := `--changes {"ops":[{"op":"set","path":"role","value":"guest"}],"if":[{"path":"n","lt":3}]}`
	want("update --user ada --all --dry-run "+set, "would change 4 sessions\n")
	want("update --user ada --all "+set, "changed 3 sessions\n")
	want("update --user ada --session "+ids[2]+" "+set, "changed session "+ids[2]+"\n")
	want("sessions --user ada --document "+ids[2], `{"n":2,"role":"guest","s":"a\u009bb"}`+"\n")
	want("sessions --user ada --document "+ids[3], `{"n":3,"s":"a\u009bb"}`+"\n")
	fails("update --user ada --session "+ids[3]+" "+set, "condition")
	fails("update --user ada --session "+ids[4]+" "+set, "session not found")
	if out, _ := run(0, "update --user ada --all --json "+set); !strings.HasSuffix(out, `,"user":"ada","dry_run":false,"count":3,"complete":true}`+"\n") {
		t.Errorf("update --json: %s", out)
	}
	_, errs := run(exitFailed, `update --user ada --all --changes {"ops":[{"op":"inc","path":"role","value":1}]}`)
	if !strings.Contains(errs, ids[0]) || !strings.Contains(errs, "role") {
		t.Errorf("an update that three sessions refuse: %q", errs)
	}

	// Ending what signed in before: the time is that of the sign-in, or else of the beginning.
	before := time.Now().UTC().Add(-45 * time.Minute).Format(time.RFC3339)
	want("sessions --user ada --dry-run --revoke-before "+before, "would end 3 sessions, signed in before "+before+"\n")
	if out, _ := run(0, "sessions --user ada --revoke-before 2h --json"); !strings.Contains(out, `"dry_run":false,"count":2,"complete":true}`) {
		t.Errorf("revoke-before: %s", out)
	}
	want("sessions --user ada --count", "2 sessions\n")

	if !everyone {
		instead := "such a store has no list of all sessions (Redis database 0 on "
		fails("sessions --everyone", instead)
		fails("sessions --everyone --count --json", instead)
		fails("sessions --everyone --revoke-before now --dry-run", "replace the signing keys")
		fails("sessions --everyone --revoke-before now --json", "replace the signing keys")
		want("sessions --user ada --count", "2 sessions\n")
		return
	}
	want("sessions --everyone --count", "5 sessions\n")
	out, _ = run(0, "sessions --everyone --json")
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 5 || !strings.HasPrefix(lines[4], `{"id":"`+ids[6]+`","user":"","label":""`) {
		t.Errorf("everyone in JSON:\n%s", out)
	}
	if out, _ := run(0, "sessions --everyone"); strings.Count(out, "\n") != 6 || !strings.Contains(out, ids[4]+"  grace  ") || !strings.Contains(out, ids[6]+"  -  ") {
		t.Errorf("everyone:\n%s", out)
	}
	if out, _ := run(0, "sessions --everyone --revoke-before 50m --dry-run"); !strings.HasPrefix(out, "would end 4 sessions, signed in before ") {
		t.Errorf("dry run of everyone: %s", out)
	}
	if out, _ := run(0, "sessions --everyone --revoke-before 50m"); !strings.HasPrefix(out, "ended 4 sessions, signed in before ") {
		t.Errorf("everyone before: %s", out)
	}
	want("sessions --everyone --count", "1 session\n")
	run(0, "sessions --everyone --revoke-before now")
	if out, _ := run(0, "sessions --everyone"); !strings.HasPrefix(out, "no live sessions (") {
		t.Errorf("nobody: %s", out)
	}
}
