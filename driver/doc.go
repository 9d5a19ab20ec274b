// Package driver is the contract between atomicsession and the stores that keep its sessions, for those who write a
// store. Applications use package atomicsession and one of the stores.
//
// A [Store] has four methods. What it stores is a [Record]: a document ([Doc]) of [Value]s with some metadata ([Meta]) and
// attributes ([Attrs]). What it is asked to do is an [Update]: conditions and operations as plain data, which the store applies
// in one atomic step, which needs no load by the caller, and only to a record that is live and whose secret the caller knows. [Eval]
// defines what every operation means, to the last corner; package drivertest proves that a store does just that.
//
// What only some stores can do are separate interfaces ([Finder], [Sweeper], [FieldLoader]), found by assertion.
//
// Until version 1 the contract may still grow; each change is listed in the changelog.
package driver
