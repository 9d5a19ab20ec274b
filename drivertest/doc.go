// Package drivertest proves that a store keeps the contract of package driver. It is for those who write a store; the
// stores of this project pass it, and it is all that they have to pass.
//
// # Use
//
// A test needs a function that opens the store, [Open], and calls [Run]:
//
//	func open(tb testing.TB) (a, b driver.Store) {
//		server := startServer(tb) // or a fresh database, schema, file or key prefix on one that runs
//		connect := func() driver.Store {
//			s, err := mystore.Open(server.Address())
//			if err != nil {
//				tb.Fatal(err)
//			}
//			tb.Cleanup(func() { s.Close() })
//			return s
//		}
//		return connect(), connect()
//	}
//
//	func TestConformance(t *testing.T)  { drivertest.Run(t, open) }
//	func FuzzDifferential(f *testing.F) { drivertest.Fuzz(f, open) }
//
// Run it with -race.
//
// # What is tested
//
// Each case is a subtest TestConformance/topic/case, and says when it fails what depends on it. Most cases do not
// hold what the right answer is: they ask [driver.Eval] and the comments of [driver.Store], and compare documents,
// metadata, results and error sentinels with what the store says and with what it holds afterwards, each through
// another client than the one that wrote. They cover every operator, every kind of value and odd name, expiry, guards, limits
// and contexts, sign-in times and attributes, keys by user, secrets that were replaced, limits on the sessions of a user, lists
// and ends of a user's and of everybody's, and the same under contention. Values that are equal and not the same, such as 1 and
// 1.0, meet in every operator and condition. Random updates follow; "random" prints its seed, and DRIVERTEST_SEED sets it.
// [Random] makes more of them.
//
// A store that lacks an ability ([driver.Finder], [driver.Sweeper], [driver.FieldLoader]) has no cases for it. One that answers
// [errors.ErrUnsupported] to a [driver.SessionLimit], or to a [driver.Finder] asked for everybody's sessions, has cases in the place
// of those that say that it always does, and changes nothing. There is nothing else to leave out: a case that a store cannot pass is
// a promise that its users do not get.
//
// # What is left to the store
//
// Where the contract leaves a choice the suite takes every answer: if several operations of one update fail, the error
// may be that of any of them, and a document between half and twice [driver.Limits.Size] may be refused or not.
//
// Cases go by the now that they hand to the store. It begins at the real time, and expiry is reached by naming a later
// one, so a store whose server expires records by its own clock passes as well, if the clocks are within minutes.
//
// Some records are large, and a store that writes the whole of one sends requests of a few megabytes. They must go through, also where a
// client or a server has a limit of its own. The cases of "work" take the most time.
//
// What happens when a connection breaks or a server dies is not tested here: package faults, in the folder faults, does that with the
// store's own server. docs/stores.md says how all of it is put together.
package drivertest
