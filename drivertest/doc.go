// Package drivertest proves that a store keeps the contract of package driver.
package drivertest
