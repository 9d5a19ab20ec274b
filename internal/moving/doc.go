// Package moving holds tests of applications that move to this library from another one, with the stores, frameworks and libraries that
// they use. It is a module of its own so that no bridge depends on those, and is never released.
package moving
