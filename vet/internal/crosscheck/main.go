// Command crosscheck type-checks every package of the workspace, its tests included, for other systems: crosscheck OS/ARCH... It reads
// sources alone, those of dependencies without the bodies of functions, where go vet would compile them all for each system.
package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	failed := false
	for _, target := range os.Args[1:] {
		system, processor, _ := strings.Cut(target, "/")
		loaded, err := packages.Load(&packages.Config{
			// What is asked for with NeedDeps is made of sources.
			Mode: packages.NeedName | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
				packages.NeedTypes | packages.NeedTypesSizes,
			Env:   append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0"),
			Tests: true,
		}, "work")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		if err != nil || len(loaded) == 0 || packages.PrintErrors(loaded) > 0 {
			fmt.Fprintln(os.Stderr, "cross: does not build for", target)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
