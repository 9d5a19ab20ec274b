package main

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// operations are the commands of docs/operations.md, by their first line, and what they print where ada has two sessions and nobody one.
var operations = map[string]string{
	"atomicsession sweep": `^(removed 0 expired sessions|nothing to do: the server of this store drops expired sessions itself .*)\n$`,
	"atomicsession sessions --user ada --count --timeout 2s": `^2 sessions\n$`,
	"atomicsession migrate":                                  `^(migrated|nothing to do: [^\n]*) \(.*\)\n(for this user an update is one CALL\n)?$`,
	`atomicsession update --user ada --all --changes '{"ops":[{"op":"unset","path":"visits"}]}'`: `^changed 2 sessions\n$`,
	"atomicsession sessions --everyone --revoke-before now --dry-run":                            `^would end 3 sessions, .*\nended 3 sessions, .*\n$`,
	"atomicsession sessions --everyone --count":                                                  `^3 sessions\n$`,

	"redis-cli INFO memory | grep maxmemory":                                 `(?s)^maxmemory:0\r.*\nOK\n$`,
	"redis-cli SLOWLOG GET 10":                                               `^(\d+)?\n`,
	"redis-cli EXISTS atomicsession:u:ada":                                   `^1\nevicted_keys:0\r\nOK\n$`,
	"redis-cli --scan --pattern 'atomicsession:s:*' | while read -r key; do": `^1\n1\n$`,

	`psql app -c "SELECT pid, state, now() - xact_start AS since, left(query, 60) FROM pg_stat_activity WHERE state <> 'idle' ORDER BY since DESC"`: `\bactive\b`,
	`psql app -c "SELECT count(*) AS all, count(*) - count(username) AS nobody FROM atomicsession.session"`:                                         `(?m)^ *3 \| *1$`,
	`psql app -c "DELETE FROM atomicsession.session WHERE username IS NULL"`:                                                                        `^DELETE 1\n$`,

	`mariadb app -e "SHOW FULL PROCESSLIST"`: `SHOW FULL PROCESSLIST`,
	`mariadb app -e "SELECT COUNT(*) AS everybody, COUNT(*) - COUNT(username) AS nobody FROM atomicsession_session"`: `(?m)^3\t1$`,
	`mariadb app -e "DELETE FROM atomicsession_session WHERE username IS NULL LIMIT 10000"`:                          `^$`,

	`sqlite3 sessions.db "SELECT count(*) AS everybody, sum(user = '') AS nobody FROM session"`: `^3\|1\n$`,
	`sqlite3 sessions.db "DELETE FROM session WHERE user = ''"`:                                 `^$`,
}

// operated is a store of each kind, and what stands for the programs of its server: they are called with its address.
type operated struct {
	url      string
	programs map[string]string // name: what is executed, in a shell
	database string            // of MongoDB, whose shell is not here
}

// TestOperations runs every command of docs/operations.md on every store that it is for.
func TestOperations(t *testing.T) {
	left := maps.Clone(operations)
	for kind, store := range operatedStores(t) {
		t.Run(kind, func(t *testing.T) {
			for _, block := range operationsPage(t, "sh") {
				first, _, _ := strings.Cut(block, "\n")
				tool, _, _ := strings.Cut(first, " ")
				if tool == "mongosh" && store.database != "" {
					store.fill(t)
					store.eval(t, block)
				}
				if _, has := store.programs[tool]; !has && tool != "atomicsession" {
					continue
				}
				delete(left, first)
				want, known := operations[first]
				if !known {
					t.Errorf("the test does not know what this prints: %s", first)
					continue
				}
				store.fill(t)
				out, err := store.shell(t, block)
				if kind == "redis" && strings.Contains(first, "--everyone") {
					if err == nil || !strings.Contains(out, "such a store has no list of all sessions") {
						t.Errorf("%s: %v\n%s", block, err, out)
					}
				} else if err != nil || !regexp.MustCompile(want).MatchString(out) {
					t.Errorf("%s: %v\n%s", block, err, out)
				}
			}
		})
	}
	for first := range left {
		t.Errorf("the page does not have %s", first)
	}
}

// TestOperationsTable runs the commands of the table at the end of the page.
func TestOperationsTable(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	store := operated{url: "sqlite:" + filepath.Join(t.TempDir(), "sessions.db")}
	commands := regexp.MustCompile("(?m)^\\| `(atomicsession [^`]*)` \\|").FindAllStringSubmatch(string(page), -1)
	if len(commands) == 0 {
		t.Fatal("the page has no table of commands")
	}
	for _, command := range commands {
		store.fill(t)
		if out, err := store.shell(t, command[1]); err != nil || out == "" {
			t.Errorf("%s: %v\n%s", command[1], err, out)
		}
	}
}

// eval does what the page has mongosh do: it deletes the sessions that a filter finds.
func (o operated) eval(t *testing.T, block string) {
	t.Helper()
	text := regexp.MustCompile(`^mongosh app --eval 'db\.sessions\.deleteMany\((.*)\)'\n$`).FindStringSubmatch(block)
	if text == nil {
		t.Fatal("the test cannot do " + block)
	}
	var filter bson.D
	if err := bson.UnmarshalExtJSON([]byte(text[1]), false, &filter); err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(o.url))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := client.Disconnect(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	done, err := client.Database(o.database).Collection("sessions").DeleteMany(t.Context(), filter)
	if err != nil || done.DeletedCount != 1 {
		t.Errorf("%s: deleted %+v, %v", block, done, err)
	}
}

// operatedStores returns a store of each kind, in a database of its own.
func operatedStores(t *testing.T) map[string]operated {
	t.Helper()
	name := fmt.Sprint("operations_", time.Now().UnixNano()%1e12)
	pg, err := url.Parse(testserver.Serve(t, "POSTGRES_URL", "postgres-server.sh"))
	if err != nil {
		t.Fatal(err)
	}
	sh(t, fmt.Sprintf("psql -X -q '%s' -c 'CREATE DATABASE %s'", pg, name))
	server := pg.String()
	t.Cleanup(func() { sh(t, fmt.Sprintf("psql -X -q '%s' -c 'DROP DATABASE %s WITH (FORCE)'", server, name)) })
	pg.Path = "/" + name

	maria := testserver.MySQLURL(testserver.Serve(t, "MYSQL_URL", "mariadb-server.sh"))
	password, _ := maria.User.Password()
	client := fmt.Sprintf("mariadb --no-defaults --protocol=tcp -h%s -P%s -u%s -p%s", maria.Hostname(), maria.Port(), maria.User.Username(), password)
	sh(t, fmt.Sprintf("%s -e 'CREATE DATABASE %s'", client, name))
	t.Cleanup(func() { sh(t, fmt.Sprintf("%s -e 'DROP DATABASE %s'", client, name)) })
	maria.Path = "/" + name

	mongodb, err := url.Parse(testserver.Serve(t, "MONGODB_URI", "mongo-server.sh", "MONGO_SERVER_AUTH="))
	if err != nil {
		t.Fatal(err)
	}
	mongodb.Path = "/" + name

	redis := testserver.NewRedis(t)
	_, port, _ := strings.Cut(redis.Addr, ":")
	file := filepath.Join(t.TempDir(), "sessions.db")
	return map[string]operated{
		"sqlite":   {"sqlite:" + file, map[string]string{"sqlite3": "shift; sqlite3 " + file}, ""},
		"postgres": {pg.String(), map[string]string{"psql": fmt.Sprintf("shift; psql -X -v ON_ERROR_STOP=1 '%s'", pg)}, ""},
		"mariadb":  {maria.String(), map[string]string{"mariadb": "shift; " + client + " " + name}, ""},
		"mongodb":  {mongodb.String(), nil, name},
		"redis":    {"redis://" + redis.Addr, map[string]string{"redis-cli": "redis-cli -p " + port}, ""},
	}
}

// fill leaves ada two sessions and nobody one.
func (o operated) fill(t *testing.T) {
	t.Helper()
	opened, err := storeurl.Open(t.Context(), o.url, storeurl.Create)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	sessions, err := atomicsession.New(opened.Store, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.RevokeEveryone(t.Context(), time.Now().Add(time.Hour)); err != nil {
		if _, err := sessions.RevokeAll(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
	}
	visits := atomicsession.NewCounter("visits")
	for _, changes := range [][]atomicsession.Change{
		{atomicsession.User("ada"), visits.Set(1)}, {atomicsession.User("ada"), visits.Set(2)}, {visits.Set(3)},
	} {
		if _, _, err := sessions.Issue(t.Context(), changes...); err != nil {
			t.Fatal(err)
		}
	}
}

// shell runs a script with the programs of the store, and returns what it prints.
func (o operated) shell(t *testing.T, script string) (string, error) {
	t.Helper()
	var names strings.Builder
	for name, command := range o.programs {
		fmt.Fprintf(&names, "%s() { %s \"$@\"; }\n", name, strings.Replace(command, name, "command "+name, 1))
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euc", names.String()+script)
	cmd.Env = append(os.Environ(), "ATOMICSESSION_STORE="+o.url, "GORACE="+atExit)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func sh(t *testing.T, script string) {
	t.Helper()
	if out, err := exec.Command("bash", "-euc", script).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}
