package storeurl

import (
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

func TestOpenMySQL(t *testing.T) {
	u := serverURL(t, "MYSQL_URL", "mariadb-server.sh")
	u.RawQuery = "prefix=store_url_test_"
	drop := func() {
		password, _ := u.User.Password()
		db, err := sql.Open("mysql", u.User.Username()+":"+password+"@tcp("+u.Host+")"+u.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		for _, table := range []string{"field", "session", "turn", "version"} {
			if _, err := db.ExecContext(t.Context(), "DROP TABLE IF EXISTS store_url_test_"+table); err != nil {
				t.Error(err)
			}
		}
	}
	drop()
	defer drop()

	const missing = "the tables are missing, of another version than this command, or not visible to the user"
	if opened, err := Open(t.Context(), u.String(), Existing); err == nil {
		t.Errorf("tables that do not exist were opened: %v", opened.Close())
	} else if err.Error() != u.Host+": "+missing {
		t.Errorf("tables that do not exist: %v", err)
	}
	opened, err := Open(t.Context(), u.String(), Create)
	if err != nil {
		t.Fatal(err)
	}
	if want := "MySQL database " + strings.TrimPrefix(u.Path, "/") + " on " + u.Host + `, tables that begin with "store_url_test_"`; opened.Name != want {
		t.Errorf("it is called %q, want %q", opened.Name, want)
	}
	k, now := driver.Key{ID: driver.ID{1}}, time.Now()
	record := driver.Record{Meta: driver.Meta{ID: k.ID, User: "ann", Created: now, LastUsed: now, Expires: now.Add(time.Hour)}}
	if err := opened.Store.Create(t.Context(), k.Verifier, record); err != nil {
		t.Error(err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}

	u.Scheme = "mariadb"
	opened, err = Open(t.Context(), u.String(), Existing)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if n, _, err := opened.Store.(driver.Finder).DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10); n != 1 || err != nil {
		t.Errorf("it holds %d sessions (error: %v)", n, err)
	}
}

// TestMySQLTLS has a server that speaks TLS, with a certificate that nobody knows, and takes no login without.
func TestMySQLTLS(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler()) // it has a certificate
	defer web.Close()
	key, err := x509.MarshalPKCS8PrivateKey(web.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil { // the server runs as another user
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"certificate": {Type: "CERTIFICATE", Bytes: web.Certificate().Raw}, "key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	server := testserver.NewMySQL(t, "MARIADB_SERVER_OPTIONS=--ssl-cert="+dir+"/certificate --ssl-key="+dir+"/key")
	if _, err := server.Ask("SET GLOBAL require_secure_transport = ON"); err != nil {
		t.Fatal(err)
	}
	u := testserver.MySQLURL(server.URL)
	wantCause(t, u.String(), u.Host, "the server refuses the user or the password, or a login without TLS")
	wantCause(t, u.String()+"?tls=true", u.Host, "TLS: x509: certificate signed by unknown authority")
	for _, mode := range []string{"skip-verify", "preferred"} {
		opened, err := Open(t.Context(), u.String()+"?tls="+mode, Create)
		if err != nil {
			t.Errorf("%s: %v", mode, err)
			continue
		}
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}
}
