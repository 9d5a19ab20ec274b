// Package scsbridge lets an application of scs (github.com/alexedwards/scs/v2) keep its code, while overlapping requests no longer
// undo each other's changes. One line is new, after that in which the manager gets its Store; nobody is signed out by it:
//
//	sm.Store = redisstore.New(pool) // as before: where the sessions are until now
//	b := scsbridge.Use(sm, store, &scsbridge.Options{From: sm.Store})
//
// An application that begins without sessions has nil instead of the options.
//
// With scs alone a request writes back the whole session that it has loaded, so of two requests at once that put different keys one is
// lost, and a slow one brings back a session that a sign-out has destroyed. With a Bridge each Commit stores what the request has changed,
// key by key, in one atomic step:
//
//   - different keys never meet; of two requests that change the same key the last wins. A value that was changed in place is changed, and one
//     that is put as it was loaded is not. Clear and Remove do not touch keys that others have stored since the request loaded the session;
//   - RenewToken keeps what others have stored until that moment, also if they do it after this request has loaded the session; two
//     sign-ins at once both succeed;
//   - Destroy ends a session for good: no Commit under way brings it back, under whatever token.
//
// What an application may notice:
//
//   - A Commit of a session that has ended meanwhile is an error that matches [driver.ErrNotFound], where scs would have created the session
//     anew. LoadAndSave hands it to sm.ErrorFunc and sends no cookie. Set that to [Bridge.ErrorFunc], which answers with 410, or leaves the
//     handler's answer alone if no change was lost. A session that was renewed must be committed within a minute.
//   - A Destroy of a token that a sign-in has just renewed is an error that matches [driver.ErrRenewed]: the session goes on.
//   - Two sign-ins at once make two sessions, of which a Destroy ends one; after that, a third one under way makes none.
//   - MergeSession takes from the other session what it has read of it: what others store there before it has ended goes with it.
//   - Iterate does not know tokens: sm.Token returns a name for the session that Commit and Destroy take and Load never does. As ever with
//     scs, HashTokenInStore makes Iterate good for reading only. To Store.Delete that name ("id:" and an ID) is as good as a token, and lists
//     show it: never give Store.Delete a text that a client has sent.
//   - What stands between the manager and its Store and Codec, such as a wrapper that counts calls, must implement [scs.CtxStore], call in the
//     same goroutine, and hand on the context and the bytes that it was given. The bridge tells RenewToken from Destroy by who calls it.
//   - Each manager needs a Bridge and a store of its own (another prefix, table or schema). As with scs, managers that share a store share
//     their sessions: a token of one is good for the other.
//   - A session is at most 1 MiB, a key 1024 bytes ([Options].Limits), and a Commit changes at most 1000 keys.
//
// As ever with scs, every answer to a request that has changed something brings the cookie of the token that the request had: a slow answer that
// reaches the browser after that to a sign-in signs the visitor out there.
//
// # Sessions from before
//
// With [Options].From a session moves to the store when its token first comes, once, also if many requests bring it at the same time. Token,
// cookie, values, their types and the deadline stay; with an IdleTimeout, its time begins anew. Take From out when Lifetime has passed since
// the last server with scs alone stopped (the longest that SetDeadline gave, if it gave more). Until then:
//
//   - Stop the servers that have scs alone before those with the bridge begin. They do not find a session that has moved, and what they
//     write to From after a sign-out is a session again.
//   - A sign-out that From cannot be told of fails, with an error that matches [driver.ErrUnavailable], and so does a request whose token the
//     store does not know while From does not answer. A session that has moved is read and changed without From.
//   - For a minute after a session has ended, nothing that is in From can bring it back. Then, nothing is there to do so, unless somebody puts
//     it there: do not restore a dump of From.
//   - A session that From has and nobody can read stays there; its visitor is anonymous, and the Logger is told at each request.
//   - Iterate finds the sessions that have moved. Who signs a user out everywhere with it leaves out those that have not.
//   - A token that is of no session costs a read of From, at each request; a session that has moved costs nothing more. A sign-out and a
//     RenewToken cost a deletion in From, and a sign-out two or three more calls to the store.
//
// # In the store
//
// In the store a session is a record as of package atomicsession. No cookie of a Manager on the same store names it, but its Sessions,
// RevokeEveryone and RunSweeper find it. A key of scs is a field of the document, and its value what the field holds if it is a string, a
// bool, an int, a finite float64 or nil, else bytes in encoding/gob. The record's attribute "scs" holds the exact deadline. The token is
// not stored, but what is derived from it; so HashTokenInStore makes no difference to safety.
package scsbridge
