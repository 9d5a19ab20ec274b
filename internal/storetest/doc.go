// Package storetest holds what the tests of the stores that talk to a server have in common. [Faults] is for them what
// package drivertest is for every store: drivertest proves that operators have one meaning, Faults that an acknowledged
// update took effect once although the network fails. It needs a proxy in front of the store's server, and somebody who
// understands the store's requests, so it is for the stores of this repository alone: mongostore/fault_test.go shows what a
// store has to say. [Again] runs drivertest once more on a store that has passed it. The rest of this package are helpers.
package storetest
