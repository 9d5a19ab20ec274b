package sqlitedrivers

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/sqlitestore/sqlitedb"
)

// Tests that need other processes start the test binary again, which then plays one of the roles of children.
const (
	childVariable  = "SQLITEDRIVERS_TEST_CHILD"
	fileVariable   = "SQLITEDRIVERS_TEST_FILE"
	driverVariable = "SQLITEDRIVERS_TEST_DRIVER"
)

var children = map[string]func(){"update": updateChild}

// sharedKey opens the session that all processes update.
var sharedKey = driver.Key{ID: driver.ID{1}, Verifier: driver.Verifier{2}}

// check ends a child with a message.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

// openChild opens the database and the store that the parent names.
func openChild(o settings) (*sql.DB, *sqlitedb.Store) {
	d := drivers[slices.IndexFunc(drivers, func(d sqlDriver) bool { return d.name == os.Getenv(driverVariable) })]
	db, err := sql.Open(d.registered, d.dsn(os.Getenv(fileVariable), o))
	check(err)
	s, err := sqlitedb.New(db, &sqlitedb.Options{Timeout: time.Minute})
	check(err)
	check(s.Migrate(context.Background()))
	return db, s
}

// updateChild has four workers push numbers of their own into lists of their own, and prints each that is acknowledged, until it is killed.
func updateChild() {
	_, s := openChild(wal)
	var wg sync.WaitGroup
	var out sync.Mutex
	for i := range 4 {
		wg.Go(func() {
			name := fmt.Sprintf("w%d_%d", os.Getpid(), i)
			for {
				_, err := s.Update(context.Background(), time.Now(), sharedKey, &driver.Update{Ops: []driver.Op{
					driver.Inc{Path: "n", By: driver.IntValue(1)}, driver.Inc{Path: driver.Path(name), By: driver.IntValue(1)},
				}})
				check(err)
				out.Lock()
				fmt.Println(name)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

func childCommand(t *testing.T, d sqlDriver, role, file string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+role, fileVariable+"="+file, driverVariable+"="+d.name)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKilled kills two processes again and again while they update one session: what they have acknowledged is there, and nothing by half.
func TestKilled(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		file := newFile(t)
		db := d.open(t, file, wal)
		s := store(t, db, nil)
		_, r := storetest.NewRecord(t, "ann", `{"n":0}`)
		r.ID = sharedKey.ID
		if err := s.Create(t.Context(), sharedKey.Verifier, r); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		acknowledged := map[string]int64{}
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				for range 3 {
					cmd := childCommand(t, d, "update", file)
					stdout, err := cmd.StdoutPipe()
					if err == nil {
						err = cmd.Start()
					}
					if err != nil {
						t.Error(err)
						return
					}
					lines := bufio.NewScanner(stdout)
					for i := 0; lines.Scan(); i++ { // on to what it had printed before it died
						mu.Lock()
						acknowledged[lines.Text()]++
						mu.Unlock()
						if i == 50 {
							cmd.Process.Kill()
						}
					}
					cmd.Wait()
				}
			})
		}
		wg.Wait()
		loaded, err := s.Load(t.Context(), time.Now(), sharedKey)
		if err != nil {
			t.Fatal(err)
		}
		var sum int64
		for name, v := range loaded.Data.All() {
			if name == "n" {
				continue
			}
			sum += v.Int()
			if n := v.Int(); n != acknowledged[name] && n != acknowledged[name]+1 { // the last one may have lacked nothing but its acknowledgement
				t.Errorf("%s: %d updates acknowledged, %d stored", name, acknowledged[name], n)
			}
			delete(acknowledged, name)
		}
		if n := loaded.Data.Get("n").Int(); n != sum || sum < 6*50 {
			t.Errorf("n is %d and the workers' own counters make %d", n, sum)
		}
		if len(acknowledged) != 0 {
			t.Errorf("acknowledged and not there: %v", acknowledged)
		}
		var text string
		if err := db.QueryRow("PRAGMA integrity_check").Scan(&text); err != nil || text != "ok" {
			t.Errorf("integrity_check: %s, %v", text, err)
		}
		consistent(t, db)
	})
}
