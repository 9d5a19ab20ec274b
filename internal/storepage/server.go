package storepage

import "testing"

// server is the reader's own, too.
var server serverOfTests

type serverOfTests struct{}

func (serverOfTests) address(testing.TB) string { return "" }
func (serverOfTests) kill(testing.TB)           {}
func (serverOfTests) restart(testing.TB)        {}
func (serverOfTests) fillDisk(testing.TB)       {}
func (serverOfTests) clearDisk(testing.TB)      {}

func freshTable(testing.TB) string { return "" }
