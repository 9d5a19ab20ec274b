// Package upgrade proves that a site can be upgraded server by server, and rolled back: the command of a version before and that of the
// working tree serve the same sessions at the same time, on a store of every kind that processes can share. They meet only there and
// in the cookies and tokens of visitors, and are asked only what both promise: the demo's JSON interface and the command line.
//
// The version before is the newest tag or, while there is none that differs, the newest commit of the current branch that does, in a file
// that the command is built of, and that builds; for a tree with changes that is HEAD. It takes git, and a clone with history or an origin
// that has it. A store whose layout version is another one since must be refused, by either. No tag may have another one: from the first
// on, neighbours work together.
package upgrade
