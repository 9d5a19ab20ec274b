// Package atomicsession gives Go web applications sessions that never lose an update.
//
// The session libraries most programs use load a whole session, change it in memory and write it all back, so of two
// requests that overlap one loses its change, and a slow request that saves after a logout brings the session back. Here
// every change is an atomic operation on the session's document, carried out by the store in one round trip, without a
// load, and only if the session is still live:
//
//	var (
//		UserID = atomicsession.NewKey[int64]("user_id")
//		Visits = atomicsession.NewCounter("visits")
//		Cart   = atomicsession.NewList[Item]("cart")
//		SKU    = atomicsession.NewKey[string]("sku") // of an item
//		Qty    = atomicsession.NewCounter("qty")
//	)
//
//	sessions, err := atomicsession.New(store, nil)
//	http.ListenAndServe(addr, sessions.Middleware(mux))
//
//	s := sessions.Get(r.Context())               // no I/O
//	err = s.Update(ctx, Visits.Inc(1))           // one atomic round trip, no load
//	id, ok, err := UserID.Get(ctx, s)            // loads once per request
//	err = s.SignIn(ctx, "42", UserID.Set(42))    // a new secret and the data in one step
//	err = s.Destroy(ctx)                         // sign out: no slower request brings it back
//	sessions.WriteError(w, r, err)               // what an error means to a browser
//
// # From the first need to the last
//
//   - The handle: [Manager.Get] returns the [Session] of a request, and does nothing.
//   - Keys name places in the session, once for the whole program: [Key], [Counter], [List] and, for names that users choose, [Map]. Their
//     methods make everything else. A [Path] is a place that is known only when the program runs.
//   - Changes: [Session.Update] makes as many as are given to it, in one step. [Session.Apply] also returns what has come of them,
//     [Counter.Add] the sum, [Key.Take] and [Key.Swap] what was there before.
//     [Session.Later] sends those of a whole request together, before its response.
//   - Reading: [Key.Get] one value, [Session.Read] several; of a large session no more than is needed: [Session.LoadOnly]. [Flash] is for
//     messages that the next page shows once.
//   - Signing in and out: [Session.SignIn], [Session.Destroy], and [Session.Reset], which leaves the visitor an empty session.
//   - Conditions: [If] makes an update depend on what is in the session, with [And], [Or], [Not].
//   - Inside lists: Cart.Where(SKU.Eq("tea")).Do(Qty.Inc(1)), where keys lead on from an element ([List.Where]); [Key.Of] is a key inside
//     any place, such as an entry of a map; [InOrder] makes several changes of one field.
//   - Errors: [StatusCode] and [Manager.WriteError] answer them; [errors.Is] tells them apart.
//   - A user's sessions: [Manager.UserSessions], [Manager.Revoke], [Manager.RevokeAll], [Manager.RevokeBefore], [Session.RevokeOthers]; of
//     everybody [Manager.Sessions] and [Manager.RevokeEveryone]; from outside [Manager.UpdateUser], [Manager.UpdateSession] and
//     [Manager.ReadSession]; at most so many: [Options].MaxSessions.
//   - Pages of those who are signed in: [Manager.RequireSignedIn]. How recent a sign-in is: [AuthenticatedBy], [SignedInWithin],
//     [Manager.RequireSignedInWithin], [Session.Authenticated].
//   - Forms: [Manager.ProtectCSRF] and [Session.CSRFToken].
//   - Without an [http.Handler] to wrap: [Manager.Begin], and modules adapter/gin, adapter/echo and adapter/fiber. Without a request:
//     [Manager.Issue]. Package sessiontest is for the tests of an application.
//
// # Which call
//
//	SignIn    a visitor has proved who they are
//	Renew     a visitor gains rights: a new secret, the same data
//	Reset     what was there must not pass on, such as another user's data: a new and empty session
//	Destroy   a visitor signs out, and nothing is to be left
//	Refresh   what other requests have changed meanwhile is to be seen
//	Peek      the same, but no use of the session, so that it may expire: event streams, pages that ask again and again
//	Touch     the session is used without being read or changed
//
// # Guarantees
//
// An update that was acknowledged took effect exactly once, whatever ran in parallel, in any number of processes. If a store
// cannot tell, the error is [ErrUnknownOutcome]. After a Destroy, a revocation or the expiry, nothing recreates, extends or reads
// the session. The operators mean the same on every store. A request that does not use its session costs no round trip, no cookie
// and no Vary header. What an acknowledged update survives, such as a power cut, depends on the store: its page in docs says it.
//
// # Security
//
// The defaults are the safe ones. The cookie holds an ID and a secret, of which the store keeps only a hash; a client cannot
// choose an ID; [Session.Renew] replaces the secret; [Manager.ProtectCSRF] and [Session.CSRFToken] guard against forged requests;
// errors and logs never hold a token or a value. For actions that a stolen cookie must not allow, ask for a recent sign-in
// ([SignedInWithin]). The page docs/users.md of the repository has recipes for users and their devices.
//
// # Stores
//
// A store is a [driver.Store]. Package memstore keeps sessions in memory; modules of their own keep them in a SQLite file
// (sqlitestore), in PostgreSQL (pgstore), in MariaDB and MySQL (mysqlstore), in MongoDB (mongostore) and in Redis (redisstore).
// Package driver is the contract for writing another one, and package drivertest proves that it keeps the contract.
//
// # Compatibility
//
// Before version 1 any minor version may change the API; the changelog lists how.
package atomicsession
