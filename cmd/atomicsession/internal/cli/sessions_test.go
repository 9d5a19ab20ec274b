package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
	"github.com/atomicsession/atomicsession/driver"
)

// runCommand runs a command line and returns what it prints.
func runCommand(t *testing.T, env Environment, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	env.Stdout, env.Stderr = &out, &errs
	status = Run(t.Context(), args, env)
	return status, out.String(), errs.String()
}

// newSQLite returns the URL of a store with sessions of ada, whose IDs begin with these bytes.
func newSQLite(t *testing.T, first ...byte) (url string, ids []string) {
	t.Helper()
	url = "sqlite:" + filepath.Join(t.TempDir(), "sessions.db")
	return url, fill(t, url, first...)
}

func fill(t *testing.T, url string, first ...byte) (ids []string) {
	t.Helper()
	now := time.Now()
	records := make([]driver.Record, len(first))
	for i, b := range first {
		records[i].Meta = driver.Meta{
			ID: driver.ID{b, byte(i)}, User: "ada",
			Created: now, LastUsed: now.Add(-time.Duration(i) * time.Second), Expires: now.Add(time.Hour),
		}
	}
	return put(t, url, records...)
}

// put stores records.
func put(t *testing.T, url string, records ...driver.Record) (ids []string) {
	t.Helper()
	opened, err := storeurl.Open(t.Context(), url, storeurl.Create)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	for _, r := range records {
		if err := opened.Store.Create(t.Context(), driver.Verifier{1}, r); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID.String())
	}
	return ids
}

func TestRevokePrefix(t *testing.T) {
	url, ids := newSQLite(t, 1, 1, 255)
	sessions := func(args ...string) (int, string, string) {
		return runCommand(t, Environment{}, append([]string{"sessions", "--store", url, "--user", "ada"}, args...)...)
	}
	want := "atomicsession sessions: several sessions have an ID that begins with A: " + ids[0] + ", " + ids[1] + "\n"
	if status, out, errs := sessions("--revoke", "A"); status != exitFailed || out != "" || errs != want {
		t.Errorf("ambiguous: %d %q %q", status, out, errs)
	}
	if status, out, _ := sessions("--revoke", "_", "--dry-run"); status != 0 || out != "would end session "+ids[2]+"\n" {
		t.Errorf("dry run: %d %q", status, out)
	}
	if status, out, _ := sessions("--revoke", ids[2], "--dry-run"); status != 0 || out != "would end session "+ids[2]+"\n" {
		t.Errorf("dry run of a whole ID: %d %q", status, out)
	}
	if status, out, _ := sessions("--revoke", "_"); status != 0 || out != "ended session "+ids[2]+"\n" {
		t.Errorf("prefix: %d %q", status, out)
	}
	for _, id := range []string{"_", ids[2]} {
		if status, out, errs := sessions("--revoke", id); status != exitFailed || out != "" || strings.Count(errs, "\n") != 1 {
			t.Errorf("%s twice: %d %q %q", id, status, out, errs)
		}
	}
	want = `"dry_run":false,"ended":["` + ids[0] + `"],"more":0,"complete":true}`
	if status, out, _ := sessions("--revoke", ids[0], "--json"); status != 0 || !strings.Contains(out, want) {
		t.Errorf("JSON: %d %q, want %s", status, out, want)
	}
}

// TestFailedJSON has a command that fails after it has reached the store: what it prints does not look like all there is.
func TestFailedJSON(t *testing.T) {
	url, _ := newSQLite(t, 1)
	args := []string{"sessions", "--store", url, "--user", "ada", "--json", "--revoke", "AAAAAAAAAAAAAAAAAAAAAA"}
	status, out, errs := runCommand(t, Environment{}, args...)
	if status != exitFailed || !strings.HasSuffix(out, `"ended":[],"more":0,"complete":false}`+"\n") || strings.Count(errs, "\n") != 1 {
		t.Errorf("%d %q %q", status, out, errs)
	}
}

func TestRevokeAll(t *testing.T) {
	url, ids := newSQLite(t, 1, 2, 3)
	sessions := func(args ...string) (int, string, string) {
		return runCommand(t, Environment{}, append([]string{"sessions", "--store", url, "--user", "ada"}, args...)...)
	}
	_, out, _ := sessions("--revoke-all", "--dry-run")
	if want := "would end session " + strings.Join(ids, "\nwould end session ") + "\nwould end 3 sessions\n"; out != want {
		t.Errorf("dry run: %q, want %q", out, want)
	}
	var list listed
	_, out, _ = sessions("--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Sessions) != 3 || list.Sessions[0].ID != ids[0] || list.User != "ada" {
		t.Errorf("after a dry run: %s", out)
	}
	_, out, _ = sessions("--revoke-all")
	if want := "ended session " + strings.Join(ids, "\nended session ") + "\nended 3 sessions\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
	if status, out, _ := sessions("--revoke-all", "--json"); status != 0 || !strings.Contains(out, `"ended":[],"more":0,"complete":true}`) {
		t.Errorf("again: %d %q", status, out)
	}
	if status, out, _ := sessions("--json"); status != 0 || !strings.Contains(out, `"sessions":[],"complete":true}`) {
		t.Errorf("empty list: %d %q", status, out)
	}
}

// TestRevokeMany has more sessions than one list holds.
func TestRevokeMany(t *testing.T) {
	first := make([]byte, 0, 1010)
	for i := range 1010 {
		first = append(first, byte(1+i/256)) // none is all zeros
	}
	url, ids := newSQLite(t, first...)
	sessions := func(args ...string) (int, string, string) {
		return runCommand(t, Environment{}, append([]string{"sessions", "--store", url, "--user", "ada", "--timeout", "30s"}, args...)...)
	}
	for _, tc := range []struct{ flags, want string }{
		{"", "\nthese are 1000, there may be more\n"},
		{"--json", `,"complete":false}`},
		{"--revoke-all --dry-run", "\nwould end at least 1000 sessions\n"},
		{"--revoke-all --dry-run --json", `,"more":0,"complete":false}`},
		{"--revoke=" + ids[0] + " --dry-run", "would end session " + ids[0] + "\n"},
	} {
		if status, out, errs := sessions(strings.Fields(tc.flags)...); status != 0 || !strings.Contains(out, tc.want) {
			t.Errorf("%s: %d …%q %s, want %q", tc.flags, status, out[max(0, len(out)-100):], errs, tc.want)
		}
	}
	// Of more than a list holds, it does not know whether another one begins so.
	if status, out, errs := sessions("--revoke", ids[0][:21]); status != exitUsage || out != "" || !strings.Contains(errs, "whole IDs") {
		t.Errorf("a prefix: %d %q %q", status, out, errs)
	}
	_, out, errs := sessions("--revoke-all")
	if n := strings.Count(out, "ended session "); n != 1010 || !strings.HasSuffix(out, "\nended 1010 sessions\n") {
		t.Errorf("%d sessions were ended: …%q %s", n, out[max(0, len(out)-100):], errs)
	}
}

// TestInterrupted interrupts a command while a server says nothing, and while standard input does.
func TestInterrupted(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	stdin, typed := io.Pipe()
	defer typed.Close()
	address := silent.Addr().String()
	for _, args := range [][]string{
		{"--store", "redis://" + address},
		{"--store", "postgres://u:p@" + address + "/db"},
		{"--store", "mongodb://" + address},
		{"--store-file", "-"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		var errs bytes.Buffer
		env := Environment{Stdin: stdin, Stdout: io.Discard, Stderr: &errs}
		status := Run(ctx, append([]string{"sweep", "--timeout", "1m"}, args...), env)
		if status != exitInterrupted || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%v: status %d, %q", args, status, errs.String())
		}
		cancel()
	}
}

// TestInterruptedAtWork interrupts a command between two of the sessions that it ends: what it has done is printed, and nothing is
// ended afterwards.
func TestInterruptedAtWork(t *testing.T) {
	url, ids := newSQLite(t, 1, 2, 3)
	for i, flags := range [][]string{{"--revoke-all"}, {"--revoke-all", "--json"}, nil} {
		ctx, cancel := context.WithCancel(t.Context())
		var out, errs bytes.Buffer
		env := Environment{Stdout: &out, Stderr: &errs}
		if flags == nil || flags[len(flags)-1] == "--json" {
			cancel()
		} else {
			env.Stdout = writerFunc(func(p []byte) (int, error) {
				cancel()
				return out.Write(p)
			})
		}
		status := Run(ctx, append([]string{"sessions", "--store", url, "--user", "ada"}, flags...), env)
		cancel()
		want := []string{"ended session " + ids[0] + "\nended at least 1 session\n", "", ""}[i]
		if status != exitInterrupted || !strings.HasSuffix(out.String(), want) || want == "" && out.Len() > 0 || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%v: %d %q %q, want %q", flags, status, out.String(), errs.String(), want)
		}
	}
	_, out, _ := runCommand(t, Environment{}, "sessions", "--store", url, "--user", "ada", "--json")
	if strings.Contains(out, ids[0]) || !strings.Contains(out, ids[1]) || !strings.Contains(out, ids[2]) {
		t.Errorf("afterwards: %s, of %v", out, ids)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestTimeout(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, scheme := range []string{"redis://", "postgres://u:p@", "mysql://u:p@", "mongodb://"} {
		address := silent.Addr().String()
		status, _, errs := runCommand(t, Environment{}, "sweep", "--timeout", "200ms", "--store", scheme+address+"/0")
		if want := "atomicsession sweep: " + address + ": no answer within 200ms\n"; status != exitFailed || errs != want {
			t.Errorf("%s: %d %q, want %q", scheme, status, errs, want)
		}
	}
}
