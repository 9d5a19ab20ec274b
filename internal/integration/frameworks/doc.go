// Package frameworks tests the programs of docs/frameworks.md.
package frameworks
