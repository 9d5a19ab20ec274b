package atomicsession_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// The doc comments of Counter and List name the methods that they have of Key: go doc shows those under Key alone.
func TestMethodsOfKey(t *testing.T) {
	key := methods(reflect.TypeFor[atomicsession.Key[int64]]())
	for typ, file := range map[reflect.Type]string{
		reflect.TypeFor[atomicsession.Counter](): "counter.go", reflect.TypeFor[atomicsession.List[int64]](): "list.go",
	} {
		name, _, _ := strings.Cut(typ.Name(), "[")
		comment, own := declared(t, file, name)
		inherited := slices.DeleteFunc(slices.Clone(key), func(m string) bool { return slices.Contains(own, m) })
		_, sentence, found := strings.Cut(strings.ReplaceAll(comment, "\n", " "), "Beside its own methods it has those of a [Key]")
		if !found {
			t.Fatalf("the comment of %s does not tell of the methods of Key", name)
		}
		_, sentence, _ = strings.Cut(sentence, ":")
		named := regexp.MustCompile(`\w+`).FindAllString(strings.ReplaceAll(sentence, " and ", " "), -1)
		slices.Sort(named)
		if !slices.Equal(named, inherited) {
			t.Errorf("the comment of %s names %q, and it has of Key %q", name, named, inherited)
		}
		all := slices.Sorted(slices.Values(append(own, inherited...)))
		if got := methods(typ); !slices.Equal(got, all) {
			t.Errorf("%s has %q, want %q", name, got, all)
		}
	}
}

func methods(t reflect.Type) []string {
	var names []string
	for m := range t.Methods() {
		names = append(names, m.Name)
	}
	return names
}

// declared returns the comment of a type, and the exported methods that are declared with it.
func declared(t *testing.T, file, name string) (comment string, methods []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.GenDecl:
			if spec, ok := d.Specs[0].(*ast.TypeSpec); ok && spec.Name.Name == name {
				comment = d.Doc.Text()
			}
		case *ast.FuncDecl:
			if d.Recv != nil && d.Name.IsExported() {
				methods = append(methods, d.Name.Name)
			}
		}
	}
	return comment, methods
}
