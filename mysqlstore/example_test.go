package mysqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"time"

	_ "github.com/go-sql-driver/mysql"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/mysqlstore"
)

func ExampleNew() {
	ctx := context.Background()
	db, err := sql.Open("mysql", "app:password@tcp(localhost:3306)/shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()

	store, err := mysqlstore.New(db, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := store.Migrate(ctx); err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Expired sessions take room until they are swept: by one process or by all of them.
	serving, stop := context.WithCancel(ctx)
	var sweeper sync.WaitGroup
	sweeper.Go(func() { _ = sessions.RunSweeper(serving, 10*time.Minute) })
	defer sweeper.Wait()
	defer stop()

	err = http.ListenAndServe(":8080", sessions.Middleware(http.DefaultServeMux))
	fmt.Println(err)
}
