// Package foreigntypes holds a test that sessions give back what they took, for types that others wrote: those of widely
// used modules and of the standard library that programs put into sessions. It is a module of its own so that the library
// depends on none of them, and is never released.
package foreigntypes
