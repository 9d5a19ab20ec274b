//go:build !mattn

package sqlitedrivers

import (
	"fmt"
	"strings"

	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

func init() { drivers = append(drivers, ncruces) }

var ncruces = sqlDriver{name: "ncruces", registered: "sqlite3", shared: []string{"vfs=memdb"}, dsn: func(file string, o settings) string {
	params := []string{fmt.Sprintf("_pragma=busy_timeout(%d)", o.busy)}
	for _, pragma := range o.pragmas {
		name, value, _ := strings.Cut(pragma, "=")
		params = append(params, "_pragma="+name+"("+value+")")
	}
	return "file:" + file + "?" + strings.Join(append(params, o.params...), "&")
}}
