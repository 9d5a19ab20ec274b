package sqlitedrivers

import (
	"fmt"
	"strings"

	_ "modernc.org/sqlite"
)

func init() { drivers = append(drivers, modernc) }

var modernc = sqlDriver{name: "modernc", registered: "sqlite", shared: []string{"mode=memory", "cache=shared"}, dsn: func(file string, o settings) string {
	params := []string{fmt.Sprintf("_pragma=busy_timeout(%d)", o.busy)}
	for _, pragma := range o.pragmas {
		name, value, _ := strings.Cut(pragma, "=")
		params = append(params, "_pragma="+name+"("+value+")")
	}
	return "file:" + file + "?" + strings.Join(append(params, o.params...), "&")
}}
