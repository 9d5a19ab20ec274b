// Package bridge holds what the bridges to other session libraries share: how the Go values of those are stored, and what was loaded
// into them.
//
// A string in UTF-8, a bool, an int and a finite float64 are stored as what they are, so that keys of package atomicsession and tools
// of the store read them; every other value as bytes, in the encoding that these libraries use themselves, encoding/gob, so that it comes
// back with the Go type it had.
package bridge
