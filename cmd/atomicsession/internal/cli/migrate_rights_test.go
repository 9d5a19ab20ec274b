package cli

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// TestMigrateRights has the two users of docs/mysql.md, with the rights that it gives them: one migrates, as often as they like, and the
// other does what an application does.
func TestMigrateRights(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/mysql.md")
	if err != nil {
		t.Fatal(err)
	}
	dsn := testserver.Serve(t, "MYSQL_URL", "mariadb-server.sh")
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	name := fmt.Sprint("rights_", time.Now().UnixNano()%1e12)
	exec := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	exec("CREATE DATABASE " + name)
	t.Cleanup(func() { _, _ = db.Exec("DROP DATABASE " + name) })
	as := func(user string) string {
		u := testserver.MySQLURL(dsn)
		u.User, u.Path = url.UserPassword(user, "the-password"), "/"+name
		return u.String()
	}
	fresh := strings.NewReplacer("app_owner@", name+"_owner@", "app@", name+"@", " app.", " "+name+".", "…", "the-password")
	migrated := false
	for _, statement := range regexp.MustCompile(`(?m)^(CREATE USER|GRANT) [^;]*`).FindAllString(string(page), -1) {
		if strings.Contains(statement, "USER app@") { // after the first migration
			for _, want := range []string{"migrated (", "nothing to do: "} {
				status, out, errs := migrateCommand(t, as(name+"_owner"))
				if status != 0 || errs != "" || !strings.HasPrefix(out, want) || !strings.HasSuffix(out, "\nfor this user an update is one CALL\n") {
					t.Errorf("the owner: %d %q %q, want %q", status, out, errs, want)
				}
			}
			migrated = true
		}
		exec(fresh.Replace(statement))
		if user, found := strings.CutPrefix(fresh.Replace(statement), "CREATE USER "); found {
			user, _, _ = strings.Cut(user, " ")
			t.Cleanup(func() { _, _ = db.Exec("DROP USER " + user) })
		}
	}
	if !migrated {
		t.Fatal("the page does not name the two users")
	}
	status, out, errs := migrateCommand(t, as(name))
	if status != 0 || errs != "" || !strings.HasPrefix(out, "nothing to do: ") || !strings.HasSuffix(out, "\nfor this user an update is one CALL\n") {
		t.Errorf("the application: %d %q %q", status, out, errs)
	}
	testStore(t, as(name), true)
	opened, err := storeurl.Open(t.Context(), as(name), storeurl.Existing)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	r := seven()[6]
	r.ID = driver.ID{2}
	if err := opened.Store.Create(t.Context(), driver.Verifier{1}, r); err != nil {
		t.Fatal(err)
	}
	limited := &driver.Update{User: new("ann"), SessionLimit: driver.SessionLimit{Max: 1}}
	if _, err := opened.Store.Update(t.Context(), time.Now(), driver.Key{ID: r.ID, Verifier: driver.Verifier{1}}, limited); err != nil {
		t.Errorf("a sign-in under a limit: %v", err)
	}
}
