// Command testcount counts the tests in what go test -json printed: testcount STATUS <EVENTS prints "N passed, M failed", and
// ", K skipped" if there are any. Subtests count as tests. A package that failed without a failed test counts as one: it does not
// build, or gave up. So does a run whose exit status, if that is not 0, nothing else explains.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: testcount STATUS <EVENTS")
		os.Exit(2)
	}
	line, err := count(os.Stdin, os.Args[1] != "0")
	fmt.Println(line)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
}

// count returns the line, and with an error one that has a failure.
func count(events io.Reader, failed bool) (string, error) {
	ended := map[string]int{}       // tests, by how they did
	packages := map[string][2]int{} // how many of its tests have failed, and how often it did itself
	var err error
	for d := json.NewDecoder(events); ; {
		var e struct{ Action, Package, Test string }
		if err = d.Decode(&e); err != nil {
			break
		}
		p := packages[e.Package]
		switch {
		case e.Test != "":
			ended[e.Action]++
			if e.Action == "fail" {
				p[0]++
			}
		case e.Action == "fail":
			p[1]++
		}
		packages[e.Package] = p
	}
	for _, p := range packages {
		if p[0] == 0 {
			ended["fail"] += p[1]
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if (failed || err != nil) && ended["fail"] == 0 {
		ended["fail"] = 1
	}
	line := fmt.Sprintf("%d passed, %d failed", ended["pass"], ended["fail"])
	if n := ended["skip"]; n > 0 {
		line += fmt.Sprintf(", %d skipped", n)
	}
	return line, err
}
