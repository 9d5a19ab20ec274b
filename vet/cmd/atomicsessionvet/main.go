// Command atomicsessionvet finds changes and conditions of package atomicsession that do nothing: see package vet. Its arguments are those
// of go vet; it is a tool for go vet -vettool, too.
package main

import (
	"golang.org/x/tools/go/analysis/singlechecker"

	"github.com/atomicsession/atomicsession/vet"
)

func main() { singlechecker.Main(vet.Analyzer) }
