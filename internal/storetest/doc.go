// Package storetest holds what the tests of the stores that talk to a server have in common, beside what the public packages
// drivertest and drivertest/faults do for every store. [Again] runs drivertest once more on a store that has passed it; the rest are
// helpers.
package storetest
