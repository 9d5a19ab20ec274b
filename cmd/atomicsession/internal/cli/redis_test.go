package cli

import (
	"regexp"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

// newRedis starts a server, to be set up by the client. The URL has no password and database 0.
func newRedis(t *testing.T) (url string, client rueidis.Client) {
	t.Helper()
	server, err := testserver.Start("redis-server.sh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	options, err := rueidis.ParseURL(server.URI)
	if err != nil {
		t.Fatal(err)
	}
	options.DisableCache = true
	if client, err = rueidis.NewClient(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return server.URI, client
}

// TestRedisCommands runs the commands on a server, one that drops expired sessions itself.
func TestRedisCommands(t *testing.T) {
	url := testserver.Serve(t, "REDIS_URL", "redis-server.sh") + "?prefix=cli-test:"
	ids := fill(t, url, 1)
	status, out, errs := runCommand(t, Environment{Terminal: true}, "sweep", "--store", url)
	nothing := "nothing to do: the server of this store drops expired sessions itself (Redis database 0 on "
	if status != 0 || !strings.HasPrefix(out, nothing) {
		t.Errorf("sweep: %d %q %q", status, out, errs)
	}
	if !regexp.MustCompile(`^connecting to 127\.0\.0\.1:\d+…\n$`).MatchString(errs) {
		t.Errorf("on a terminal: %q", errs)
	}
	status, out, errs = runCommand(t, Environment{}, "sweep", "--store", url, "--json")
	if status != 0 || errs != "" || !strings.HasSuffix(out, `,"removed":0,"by_server":true}`+"\n") {
		t.Errorf("sweep: %d %q %q", status, out, errs)
	}
	_, out, _ = runCommand(t, Environment{}, "sessions", "--store", url, "--user", "ada", "--revoke-all")
	if out != "ended session "+ids[0]+"\nended 1 session\n" {
		t.Errorf("revoke: %q", out)
	}
	_, out, _ = runCommand(t, Environment{}, "sessions", "--store", url, "--user", "ada")
	none := regexp.MustCompile(`^no live sessions of user "ada" \(Redis database 0 on \S+, keys that begin with "cli-test:"\)\n$`)
	if !none.MatchString(out) {
		t.Errorf("list: %q", out)
	}
}

// TestEvicts has a server that evicts sessions when its memory is full: each command warns of it, and does what it is told.
func TestEvicts(t *testing.T) {
	url, client := newRedis(t)
	set := client.B().ConfigSet().ParameterValue().ParameterValue("maxmemory-policy", "allkeys-lru").Build()
	if err := client.Do(t.Context(), set).Error(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"sweep", "--json"}, {"sessions", "--user", "ada", "--json"}} {
		status, out, errs := runCommand(t, Environment{}, append(args, "--store", url)...)
		if status != 0 || !strings.HasPrefix(out, "{") || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, "maxmemory-policy=allkeys-lru") {
			t.Errorf("%v: %d %q %q", args, status, out, errs)
		}
	}
}

// TestDenied has a server that lets the user in and then refuses: the line tells where that was, and the cause.
func TestDenied(t *testing.T) {
	url, client := newRedis(t)
	user := client.B().AclSetuser().Username("app").Rule("on", ">pass-word", "~other:*", "+@all").Build()
	if err := client.Do(t.Context(), user).Error(); err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSuffix(strings.TrimPrefix(url, "redis://"), "/0")
	for _, flags := range [][]string{nil, {"--revoke-all"}, {"--revoke", "AAAAAAAAAAAAAAAAAAAAAQ"}} {
		args := append([]string{"sessions", "--user", "ada", "--store", "redis://app:pass-word@" + address}, flags...)
		status, _, errs := runCommand(t, Environment{}, args...)
		if want := "atomicsession sessions: " + address + ": the user lacks a permission\n"; status != exitFailed || errs != want {
			t.Errorf("%v: %d %q, want %q", flags, status, errs, want)
		}
	}
}
