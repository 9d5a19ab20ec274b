// Package linearizable judges a store by its answers alone: whatever runs at once, in any number of processes, and whatever fails
// meanwhile, they must be those of one record at a time that changes in one step between a call and its return. That is what
// [driver.Store] promises, and it is called linearizability. The package is for those who write a store, and is used beside
// package drivertest.
//
// # Use
//
// A test needs a function that makes room for sessions, and one that connects to it. This is all of one:
//
//	func TestLinearizable(t *testing.T) {
//		linearizable.Run(t, linearizable.Store{
//			Start: func(tb testing.TB) (address string) {
//				return startServer(tb).Address() // or a fresh database, schema, file or key prefix on one that runs
//			},
//			Connect: func(tb testing.TB, address string) driver.Store {
//				s, err := mystore.Open(address)
//				if err != nil {
//					tb.Fatal(err)
//				}
//				tb.Cleanup(func() { s.Close() })
//				return s
//			},
//		}, &linearizable.Options{Histories: 1000})
//	}
//
// [Run] starts the test binary again, with this test alone, to have several processes; Start is called in the first one only, so all that
// Connect needs to know must be in the address. What fails in one of them, a data race say, fails the test. A TestMain that starts servers leaves that out where [IsChild]. A store that lives in one
// process has Processes: 1.
//
// With faults, a second test does harm meanwhile and undoes it:
//
//	&linearizable.Options{
//		Kill: true, // one of the processes, in the midst of its calls
//		Nemesis: func(ctx context.Context) {
//			server.Pause()
//			time.Sleep(50 * time.Millisecond)
//			server.Resume()
//		},
//	}
//
// # What is done
//
// A history is some sixty calls of five or six clients about two sessions, in which each client goes by what it has seen itself: it
// creates, loads whole or in part, updates, renews, signs in, lists, deletes one or many, and sweeps where the store does. Calls are
// released together. Every history has a mood, such as many renewals and few kinds of updates, so that its calls get into each other's
// way.
// When all clients are done, and all harm is undone, another one looks at what is there.
//
// Before a call and after its return its process takes a number from a counter in memory that all processes share. So it is known
// which calls were over before another one began, and no clocks are compared.
//
// Then the history is judged, by [porcupine]: is there an order of the calls that agrees with those numbers, and in which the contract
// would have given each its answer? Answers are compared whole: the error, the metadata, the fields, what was taken, the record that was
// loaded. [driver.Eval], [driver.Update.Record] and the guard of [driver.Store] say what they must be. List, DeleteMany and Sweep
// count as one call for each session, since they are not one step for all of them; how many DeleteMany says it has ended must be
// possible as well.
//
// A call with [driver.ErrUnknownOutcome], or one of a process that was killed, may take effect once or never, at any time after it
// began. One that the store refuses ([driver.ErrUnavailable], [driver.ErrFull], the end of its context) must never.
//
// # What a failure says
//
// It begins with one line, which programs may look for:
//
//	not linearizable: history 812, found after 832 histories, 47000 calls, 4.1s
//
// Then comes the smallest history that is still wrong: the operations that explain the session as it was, those that no order explains,
// which of their answers it is that is in the way, and all as a picture with a lane for each client and time to the right:
//
//	session A was explained by these and those before them:
//	   3  client 0  create A v0 → ok
//	session A: v0 {"n":0}, used +0s, until +1h0m0s, lifetime 1h0m0s
//	and then:
//	   7  client 1  update A v0: inc n → ok {"n":1}, used +0s, until +1h0m0s, lifetime 1h0m0s
//	   8  client 2  update A v0: inc n → ok {"n":1}, used +0s, until +1h0m0s, lifetime 1h0m0s
//	with another answer to 7, or to 8 there would be an order
//
//	client 0  [3 create---]
//	client 1                            [7 inc n---------------]
//	client 2                                          [8 inc n--------------]
//
// A and B are the sessions, v0 and v1 are verifiers, times are told from the base that most calls give as now. The path of an
// HTML page with porcupine's picture follows, and the seed. The same seed makes the same calls, but not at the same moments.
//
// A history that cannot be decided within ten seconds fails the test too, and so does a run in which the store has refused most
// calls: neither proves anything.
//
// # What it proves, and what not
//
// That no order explains the answers is a proof that the store is wrong. That there is one for each history proves nothing but that
// nothing was found; [Report] says how many calls overlapped, and it is good to see that a mistake which one plants is found.
// What operators mean to the last corner, all kinds of values, limits, and what is asked of several sessions at once, such as
// [driver.SessionLimit], are the business of package drivertest. What survives the loss of a server's disk is nobody's here.
//
// Where the contract leaves a choice, each answer that it words is taken: an expired record may still take its ID, or not; a sweep may
// pass over a session that another call uses; and where replies are lost, Delete may say of a session that somebody else has ended that
// it is gone, and DeleteMany may count fewer than it has ended. Where the contract leaves none the store is wrong, though it may mean
// well: to Load and Update an expired record is not there, and yet it stays, since the next call may name an earlier time; Sweep,
// DeleteMany and a Create with its ID remove it.
//
// Calls give as now a time that begins twenty years from now for most histories, so that a sweep in one history removes nothing of
// another one. Records live for an hour at least, so a store whose server expires them by its own clock passes as well. An ID is used
// again once its session has ended, but only where no harm is done: a store may rely on that nobody does.
//
// [porcupine]: https://github.com/anishathalye/porcupine
package linearizable
