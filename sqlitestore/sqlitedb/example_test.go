package sqlitedb_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	_ "github.com/ncruces/go-sqlite3/driver"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// The sessions are in the database that the application has opened for its own tables, with its own driver and pragmas.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	file := filepath.Join(dir, "app.db")
	db, err := sql.Open("sqlite3", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(4)

	store, err := sqlitedb.New(db, nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	if err := store.Migrate(ctx); err != nil {
		log.Fatal(err)
	}
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		log.Fatal(err)
	}

	if _, _, err := sessions.Issue(ctx); err != nil { // or one that begins in a request
		log.Fatal(err)
	}
	list, err := store.List(ctx, time.Now(), "", driver.ID{}, 10)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(list), "session")
	// Output:
	// 1 session
}
