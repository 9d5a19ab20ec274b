package sqlitedrivers

import (
	_ "modernc.org/sqlite"
)

func init() { drivers = append(drivers, modernc) }

var modernc = sqlDriver{name: "modernc", registered: "sqlite", shared: sharedCache, dsn: pragmaDSN}
