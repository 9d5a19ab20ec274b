// Command generate draws the pictures of the documentation: generate RECORDED FOLDER, the file of a recorded race and the folder.
package main

import (
	"fmt"
	"os"

	"github.com/atomicsession/atomicsession/internal/pictures"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: generate RECORDED FOLDER")
		os.Exit(2)
	}
	if err := pictures.Write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
