package mongostore_test

import (
	"context"
	"fmt"
	"net/http"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/mongostore"
)

func ExampleNew() {
	ctx := context.Background()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://localhost:27017"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = client.Disconnect(ctx) }()

	// With these indexes the server removes expired sessions itself: no sweeper is needed.
	store, err := mongostore.New(client.Database("shop").Collection("sessions"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := store.EnsureIndexes(ctx); err != nil {
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
