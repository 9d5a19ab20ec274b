// Package proof records what every store of the project answers to several processes at once, in peace and while its network, its servers
// or its clients come to harm, and has package drivertest/linearizable judge it. It is a module of its own, since it depends on every
// store and on clients of servers, and is never released.
//
// "go test ./..." takes a sample in a minute or two. With -prove the tests take two hours or more, and with -write they put what they have
// seen into results.json and docs/proof.md: see make prove.
package proof
