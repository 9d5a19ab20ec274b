// Package etcdstore keeps sessions in etcd 3.4 or later. It is the example of docs/stores.md, a store written from the public
// documentation alone, and is never released.
//
// A session is one value: a line of JSON, and the document in the text form of package driver. Beside it are index keys without a
// value, written and removed in the same transaction: one for its end, by which Sweep finds it, and one for its user. Leases
// would be a second request whenever a session is used, so Sweep it is.
//
//   - An update is two round trips, a read and a transaction that writes if the session is still at the revision that was read. It is two
//     more for each other change that comes between, and with a limit on sessions two more.
//   - What is acknowledged is on the disks of a majority of the servers.
//   - No clock but the callers' counts: with theirs they decide what has expired. The server's is never asked.
//   - etcd refuses values over 1.5 MiB unless it is told otherwise, which is [driver.ErrTooLarge], and more than 128 comparisons or
//     operations in a transaction: so a limit on sessions cannot end more than forty at once, and is [driver.ErrUnavailable] where it
//     would have to. See etcd's options --max-request-bytes and --max-txn-ops.
//   - The layout is version 1, written in each record. Records of another one are left as they are: [driver.ErrLayout] with
//     [driver.ErrCorrupt].
//   - Its account reads and writes all keys under the prefix. A dump shows what sessions hold and whose they are, and no secret but its
//     SHA-256.
package etcdstore
