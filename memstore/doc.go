// Package memstore keeps sessions in the memory of one process: for tests, and for small programs whose sessions
// need not outlive them. It is the reference store: it applies [driver.Eval] to documents in a map.
package memstore
