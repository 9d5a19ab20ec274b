package sqlitestore_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// A store is opened once, when the program starts, and closed when it ends. An application hands it to a session
// manager; this is what the manager does with it.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "sessions.db"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	now := time.Now()
	key := driver.Key{ID: driver.ID{1}, Verifier: driver.Secret{2}.Verifier()}
	err = store.Create(ctx, key.Verifier, driver.Record{
		Meta: driver.Meta{ID: key.ID, Created: now, LastUsed: now, Expires: now.Add(time.Hour)},
	})
	if err != nil {
		log.Fatal(err)
	}
	visit := &driver.Update{Ops: []driver.Op{driver.Inc{Path: "visits", By: driver.IntValue(1)}}}
	for range 3 {
		res, err := store.Update(ctx, now, key, visit)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(res.Fields)
	}
	// Output:
	// {"visits":1}
	// {"visits":2}
	// {"visits":3}
}
