package lanes

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

//go:embed atomicsession.go scs.go gorilla.go
var sources embed.FS

// Source is what the page shows of a contestant.
type Source struct {
	Setup    string          // makes the session manager
	Handlers map[Loss]string // what the handler of each race does
}

// Source returns the code of what runs: the bodies of the functions, cut out of the files that were compiled.
func (c Contestant) Source() (Source, error) {
	text, err := sources.ReadFile(c.file)
	if err != nil {
		return Source{}, err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, c.file, text, 0)
	if err != nil {
		return Source{}, err
	}
	bodies := make(map[string]string)
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && (f.Recv == nil || fmt.Sprint(f.Recv.List[0].Type) == c.site) {
			body := text[files.Position(f.Body.Lbrace).Offset+1 : files.Position(f.Body.Rbrace).Offset]
			bodies[f.Name.Name] = strings.TrimSpace(strings.ReplaceAll(string(body), "\n\t", "\n"))
		}
	}
	return Source{bodies[c.setup], map[Loss]string{
		Counter: bodies["counter"], Cart: bodies["cart"], Code: bodies["code"], Tries: bodies["tries"],
		Logout: "// The slow request\n" + bodies["slow"] + "\n\n// The sign-out\n" + bodies["signOut"],
	}}, nil
}
