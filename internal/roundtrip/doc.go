// Package roundtrip proves with random types and values that what a session takes, it gives back equal: on every store, through
// the whole library; and what the library does with the sessions of users. It is a module of its own so that the library depends on no server's client, and is never released.
//
// A run prints its seed; ROUNDTRIP_SEED repeats it.
package roundtrip
