module github.com/atomicsession/atomicsession/internal/sqlitedrivers

go 1.26.0

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/atomicsession/atomicsession/drivertest/linearizable v0.1.0
	github.com/atomicsession/atomicsession/sqlitestore v0.1.0
	github.com/mattn/go-sqlite3 v1.14.53
	github.com/ncruces/go-sqlite3 v0.36.0
	go.uber.org/goleak v1.3.0
	modernc.org/sqlite v1.62.0
)

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-sqlite3-wasm/v6 v6.4.35401 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/ncruces/julianday v1.0.0 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	golang.org/x/mod v0.43.0 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

replace github.com/atomicsession/atomicsession => ../../

replace github.com/atomicsession/atomicsession/drivertest/linearizable => ../../drivertest/linearizable

replace github.com/atomicsession/atomicsession/sqlitestore => ../../sqlitestore
