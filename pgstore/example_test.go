package pgstore_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"

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

	store := pgstore.New(pool, &pgstore.Options{Schema: "sessions"})
	if err := store.Migrate(ctx); err != nil {
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
