//go:build !mattn

package sqlitedrivers

import (
	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/vfs/memdb"
)

func init() { drivers = append(drivers, ncruces) }

var ncruces = sqlDriver{name: "ncruces", registered: "sqlite3", shared: []string{"vfs=memdb"}, dsn: pragmaDSN}
