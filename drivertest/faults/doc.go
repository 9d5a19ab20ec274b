// Package faults proves that a store keeps the contract of package driver although its network fails.
package faults
