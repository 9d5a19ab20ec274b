// Package atomicsession gives Go web applications sessions that never lose an update.
//
// Most session libraries load a whole session, change it in memory and write all of it back. When two requests overlap, one of them loses
// its change. When a slow request saves after a sign-out, it brings the session back. Here every change is one atomic operation on the
// session's data, its document. The store makes the change in one round trip, without a load, and only if the session is still live:
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
//   - The handle: [Manager.Get] returns the [Session] of a request. It does no I/O.
//   - Keys: a key names a place in the session, once for the whole program. There are [Key], [Counter], [List] and, for names that users
//     choose, [Map]. Their methods make changes and conditions, and read. A [Path] is a place that is known only when the program runs.
//   - Changes: [Session.Update] makes all changes that you give it, in one step. [Session.Apply] also returns the changed fields,
//     [Counter.Add] the sum, [Key.Take] and [Key.Swap] the value before. [Session.Later] collects the changes of a whole request and
//     sends them together, before its response.
//   - Reading: [Key.Get] reads one value, [Session.Read] several. [Session.LoadOnly] loads a large session only in part. [Flash] is for
//     messages that the next page shows once.
//   - Signing in and out: [Session.SignIn], [Session.Destroy], and [Session.Reset], which leaves the visitor an empty session.
//   - Conditions: [If] makes an update depend on what is in the session. [And], [Or] and [Not] combine conditions.
//   - Inside lists: Cart.Where(SKU.Eq("tea")).Do(Qty.Inc(1)), where SKU and Qty are places inside an element ([List.Where]). [Key.Of] is
//     a key inside any place, such as an entry of a map. [InOrder] makes several changes of one field.
//   - Errors: [Manager.WriteError] answers a request with an error, [StatusCode] returns its HTTP status, and [errors.Is] tells errors
//     apart.
//   - A user's sessions: [Manager.UserSessions] lists them. [Manager.Revoke], [Manager.RevokeAll], [Manager.RevokeBefore] and
//     [Session.RevokeOthers] end them. [Manager.UpdateUser], [Manager.UpdateSession] and [Manager.ReadSession] change and read them from
//     outside. [Options].MaxSessions limits how many there are. [Manager.Sessions] and [Manager.RevokeEveryone] are about everybody's.
//   - Pages that need a sign-in: [Manager.RequireSignedIn]. Pages and changes that need a recent one: [AuthenticatedBy],
//     [SignedInWithin], [Manager.RequireSignedInWithin], [Session.Authenticated].
//   - Forms: [Manager.ProtectCSRF] and [Session.CSRFToken].
//   - Without an [http.Handler] to wrap: [Manager.Begin], and modules adapter/gin, adapter/echo and adapter/fiber. Without a request:
//     [Manager.Issue]. Package sessiontest is for the tests of an application.
//
// # Which call
//
//	SignIn    a visitor has proved who they are
//	Renew     a visitor gains rights: a new secret, the same data
//	Reset     the data must not pass on, for example to another user: a new, empty session in its place
//	Destroy   a visitor signs out, and nothing is to be left
//	Refresh   you want to see what other requests have changed in the meantime
//	Peek      the same, but no use of the session, so it may expire: event streams, pages that ask again and again
//	Touch     you want to extend the session without reading or changing it
//
// # Guarantees
//
// An update that was acknowledged took effect exactly once, whatever ran in parallel, in any number of processes. If a store cannot tell,
// the error is [ErrUnknownOutcome]. After a Destroy, a revocation or the expiry, nothing recreates, extends or reads the session. The
// operators mean the same on every store. A request that does not use its session costs no round trip, no cookie and no Vary header.
// Whether an acknowledged update survives a crash or a power cut depends on the store: its page in docs says so.
//
// # Security
//
// The defaults are the safe ones. The cookie holds an ID and a secret. The store keeps only a hash of the secret. A client cannot choose
// an ID. [Session.Renew] replaces the secret. [Manager.ProtectCSRF] and [Session.CSRFToken] guard against forged requests. Errors and
// logs never hold a token or a value. For actions that a stolen cookie must not allow, ask for a recent sign-in ([SignedInWithin]). The
// page docs/users.md of the repository has recipes for users and their devices.
//
// # Stores
//
// A store is a [driver.Store]. Package memstore keeps sessions in memory; modules of their own keep them in a SQLite file (sqlitestore),
// in PostgreSQL (pgstore), in MariaDB and MySQL (mysqlstore), in MongoDB (mongostore) and in Redis (redisstore). Package driver is the
// contract for writing another one, and package drivertest proves that it keeps the contract.
//
// # Compatibility
//
// Before version 1 any minor version may change the API; the changelog lists how.
package atomicsession
