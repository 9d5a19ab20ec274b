//go:build mattn

package sqlitedrivers

import (
	"fmt"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

func init() { drivers = append(drivers, mattn) }

// mattn takes some pragmas alone, each by a name that begins with an underscore.
var mattn = sqlDriver{name: "mattn", registered: "sqlite3", shared: sharedCache, dsn: func(file string, o settings) string {
	params := []string{fmt.Sprintf("_busy_timeout=%d", o.busy)}
	for _, pragma := range o.pragmas {
		params = append(params, "_"+pragma)
	}
	return "file:" + file + "?" + strings.Join(append(params, o.params...), "&")
}}
