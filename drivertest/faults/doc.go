// Package faults proves that a store keeps the contract of package driver although its network fails, its server dies or its disk is full.
// It is for those who write a store, and stands beside package drivertest, which proves everything else.
//
// # Use
//
// A test says where the server listens, and how a client of the store reaches it. [Run] puts a proxy between them. This is all of one:
//
//	func network(t *testing.T) faults.Network {
//		table := freshTable(t) // or a schema, a key prefix, a server of its own
//		return faults.Network{
//			Addr: serverAddress,
//			Connect: func(tb testing.TB, address string) driver.Store {
//				s, err := mystore.Open(address, table)
//				if err != nil {
//					tb.Fatal(err)
//				}
//				tb.Cleanup(func() { s.Close() })
//				return s
//			},
//		}
//	}
//
//	func TestFaults(t *testing.T) { faults.Run(t, network) }
//	func TestTokens(t *testing.T) { faults.Tokens(t, network(t), 2000) }
//
// Run them with -race.
//
// # What is tested
//
// Run is a suite of cases with single faults. It knows no protocol: it counts the messages that a call sends, and has each of them meet
// each fault, in a call of its own. The message is dropped, or its reply, or half of either; it arrives late, when the store has tried
// again, or when others have changed or ended the session; it, or its reply, stalls for longer than the call has time; the server is gone,
// and comes back. Each case then judges the answer by what the store holds, now and when everything late has arrived:
//
//   - without an error the change took effect, once, and the result is what it left;
//   - with [driver.ErrUnknownOutcome] it took effect once or not at all;
//   - with [driver.ErrUnavailable], or the error of the context alone, it did not, and never will.
//
// Any store may answer the second way; how often it did although it might have found out is what Run returns.
//
// [Tokens] makes very many calls at once, each of which meets a fault, and accounts for each by a token of its own: what was acknowledged is
// there, nothing is there twice, out of its order, although it was refused, or after its session had ended. [Interrupted] is for stores
// without a network. [Load] is what both are made of: for tests in which a server is killed, fails over, is migrated, or has no room left,
// and for faults of your own ([Plan]).
//
// # When a case fails
//
// It is a subtest, TestFaults/topic/case, prints what depends on it, and says which message met the fault: "reply, [1] messages through" is
// the reply to the second message of the call. The usual causes:
//
//   - "lost update": the store tries again and does not recognize its own first try. It needs an ID for each operation, kept in the
//     record, in the same step. It looks for the ID before it looks at secret, user and conditions, which the first try may have changed.
//   - "late update": it forgets IDs too soon, or updates what is not there.
//   - "overtaken": it answers to the second try with what the record is now, and not with what the first one left.
//   - "refused": it takes the refusal of a second try for that of the first one, which is still under way.
//   - "records": it inserts a second time; or it takes a session that it no longer finds by its secret for one that it has deleted.
//   - "many": it tries again with another selection, or takes half of a list for all of it.
//   - "silence": it has a timeout of its own instead of the context, or calls a lost reply [driver.ErrUnavailable].
//   - "waited in vain until the late requests have arrived": the client sends messages to which the server has no answer.
//   - "no message met the fault": the calls go on over a connection that is dead and still open, as a client does that shares one
//     among all calls. A call that is given up without an answer, be it canceled, has to cost it the connection.
//
// Package retry, beside driver, has the loops that get this right.
package faults
