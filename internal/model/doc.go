// Package model holds a model of operation IDs, by which a store over a network recognizes its own tries, and the tests that search it:
// session.pml says what it is, and what it leaves out. It takes spin, a model checker, and a C compiler.
package model
