package pgstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/pgstore"
)

func ExampleNew() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, "postgres://app@localhost/shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	store, err := pgstore.New(pool, &pgstore.Options{Schema: "sessions"})
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

// An application that has its own *sql.DB keeps sessions in the same database.
func ExampleNewDB() {
	db, err := sql.Open("pgx", "postgres://app@localhost/shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20) // database/sql keeps two otherwise, and makes the others anew

	store, err := pgstore.NewDB(db, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = http.ListenAndServe(":8080", sessions.Middleware(http.DefaultServeMux))
	fmt.Println(err)
}
