package redisstore_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/redisstore"
)

func ExampleOpen() {
	// A change is acknowledged once a replica has it. The server drops expired sessions itself: no sweeper is needed.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second) // for the connecting alone
	defer cancel()
	store, err := redisstore.Open(ctx, "redis+sentinel://sentinel1:26379,sentinel2:26379/0?master_set=main", &redisstore.Options{Replicas: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = http.ListenAndServe(":8080", sessions.Middleware(http.DefaultServeMux))
	fmt.Println(err)
}
