package foreigntypes

import (
	"reflect"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/memstore"
)

var table = []struct {
	family string
	rows   []row
}{
	{"auth", authTypes()},
	{"basic", basicTypes()},
	{"bson", bsonTypes()},
	{"containers", containerTypes()},
	{"decimals", decimalTypes()},
	{"geometry", geometryTypes()},
	{"ids", idTypes()},
	{"keys", keyTypes()},
	{"maps", mapTypes()},
	{"network", networkTypes()},
	{"null", nullTypes()},
	{"openapi", openAPITypes()},
	{"options", optionTypes()},
	{"postgres", postgresTypes()},
	{"protobuf", protobufTypes()},
	{"text", textTypes()},
	{"times", timeTypes()},
}

// The fewest types that the table must have, and the most of them that the library may refuse: what programs store is what
// it must keep.
const (
	minTypes   = 100
	maxRefused = 5
)

func TestTable(t *testing.T) {
	seen, refused := map[reflect.Type]bool{}, 0
	for _, f := range table {
		for _, r := range f.rows {
			if seen[r.goType()] {
				t.Errorf("%s is in the table twice", r.goType())
			}
			seen[r.goType()] = true
			if r.refused() {
				refused++
			}
		}
	}
	t.Logf("%d types, %d of them refused", len(seen), refused)
	if len(seen) < minTypes || refused > maxRefused {
		t.Errorf("%d types, %d of them refused, want at least %d, and at most %d refused", len(seen), refused, minTypes, maxRefused)
	}
}

func TestForeignTypes(t *testing.T) {
	m, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range table {
		t.Run(f.family, func(t *testing.T) {
			for _, r := range f.rows {
				t.Run(typeName(r.goType()), func(t *testing.T) { r.check(t, m) })
			}
		})
	}
}

// typeName tells types of one name apart by their packages.
func typeName(t reflect.Type) string {
	pkg := t.PkgPath()
	if t.Kind() == reflect.Pointer {
		pkg = t.Elem().PkgPath()
	}
	return strings.TrimSpace(pkg + " " + t.String())
}
