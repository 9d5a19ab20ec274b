package peer

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// mongoHand keeps a session in a document, its fields in an object of it.
type mongoHand struct{ c *mongo.Collection }

func mongoByHand(ctx context.Context, url, place string) (hand, func(), error) {
	client, err := mongo.Connect(options.Client().ApplyURI(url))
	if err != nil {
		return nil, nil, err
	}
	return &mongoHand{client.Database(place).Collection("sessions")},
		func() { _ = client.Disconnect(context.WithoutCancel(ctx)) }, nil
}

func (k handKey) filter() bson.D {
	return bson.D{
		{Key: "_id", Value: bson.Binary{Data: k.id[:]}},
		{Key: "verifier", Value: bson.Binary{Data: k.verifier[:]}},
		{Key: "expires", Value: bson.D{{Key: "$gt", Value: time.Now()}}},
	}
}

func (h *mongoHand) create(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	data := make(bson.D, len(fields))
	for i, f := range fields {
		data[i] = bson.E{Key: f.Name, Value: f.Text}
	}
	_, err := h.c.InsertOne(ctx, bson.D{
		{Key: "_id", Value: bson.Binary{Data: k.id[:]}},
		{Key: "verifier", Value: bson.Binary{Data: k.verifier[:]}},
		{Key: "expires", Value: expires},
		{Key: "data", Value: data},
	})
	return err
}

func (h *mongoHand) text(ctx context.Context, k handKey, name string) (string, error) {
	found, err := h.c.FindOne(ctx, k.filter(), options.FindOne().SetProjection(bson.D{{Key: "data." + name, Value: 1}})).Raw()
	if err != nil {
		return "", handErr(err)
	}
	text, _ := found.Lookup("data", name).StringValueOK()
	return text, nil
}

func (h *mongoHand) set(ctx context.Context, k handKey, expires time.Time, fields []Field) error {
	set := make(bson.D, 1, 1+len(fields))
	set[0] = bson.E{Key: "expires", Value: expires}
	for _, f := range fields {
		set = append(set, bson.E{Key: "data." + f.Name, Value: f.Text})
	}
	return handErr(h.c.FindOneAndUpdate(ctx, k.filter(), bson.D{{Key: "$set", Value: set}},
		options.FindOneAndUpdate().SetProjection(bson.D{{Key: "_id", Value: 1}})).Err())
}

func handErr(err error) error {
	if errors.Is(err, mongo.ErrNoDocuments) {
		return errNoSession
	}
	return err
}
