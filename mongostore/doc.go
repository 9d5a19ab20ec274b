// Package mongostore keeps sessions in MongoDB: one document per session in a collection of the application's, every
// update one findAndModify command.
//
//	client, err := mongo.Connect(options.Client().ApplyURI(uri))
//	store, err := mongostore.New(client.Database("app").Collection("sessions"), nil)
//	err = store.EnsureIndexes(ctx) // at every start
//	sessions, err := atomicsession.New(store, nil)
//
// An update is written with MongoDB's own operators and expressions; its guard, its conditions and what else it needs to mean exactly
// what [driver.Eval] says stand in the filter. In rare corners, where the server's operators mean something else (or the
// session is close to its size limit), the filter refuses it, and the store works the update out itself: it reads the
// record, evaluates, and replaces the fields that changed, provided that the record is still the one it read.
//
// Each record keeps the IDs of its latest updates, so an update whose reply was lost is sent again and takes effect
// once, on any deployment, with retryable writes or without.
//
// Changes are acknowledged with the write concern majority, unless [Options] say otherwise, and reads go to the primary,
// whatever the collection prefers. A driver session in the context is left alone: nothing that the store does is part of
// an application's transaction. docs/mongodb.md describes the documents, the indexes and what has been verified on which
// server.
//
// It writes layout version 1, which each document says, and reads no other ([driver.ErrLayout]).
//
// Package mongostore needs MongoDB 5.0 or a server compatible with it.
package mongostore
