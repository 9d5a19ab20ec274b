module github.com/atomicsession/atomicsession/internal/pages

go 1.26.0

require github.com/atomicsession/atomicsession v0.1.0

require (
	github.com/atomicsession/atomicsession/mongostore v0.1.0
	github.com/atomicsession/atomicsession/mysqlstore v0.1.0
	github.com/atomicsession/atomicsession/pgstore v0.1.0
	github.com/atomicsession/atomicsession/redisstore v0.1.0
	github.com/atomicsession/atomicsession/sqlitestore v0.1.0
	github.com/go-sql-driver/mysql v1.10.1
	github.com/jackc/pgx/v5 v5.12.0
	github.com/yuin/goldmark v1.8.7
	go.mongodb.org/mongo-driver/v2 v2.10.0
	modernc.org/sqlite v1.62.0
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/dustin/go-humanize v1.1.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/ncruces/go-sqlite3 v0.36.0 // indirect
	github.com/ncruces/go-sqlite3-wasm/v6 v6.4.35401 // indirect
	github.com/ncruces/go-strftime v1.1.0 // indirect
	github.com/ncruces/julianday v1.0.0 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	github.com/remyoudompheng/bigfft v0.0.0-20230129092748-24d4a6f8daec // indirect
	github.com/xdg-go/scram v1.4.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	github.com/youmark/pkcs8 v0.0.0-20240726163527-a2c0da244d78 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/mod v0.43.0 // indirect
	golang.org/x/sync v0.25.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	modernc.org/libc v1.80.1 // indirect
	modernc.org/mathutil v1.7.1 // indirect
	modernc.org/memory v1.12.1 // indirect
)

replace github.com/atomicsession/atomicsession => ../..

replace github.com/atomicsession/atomicsession/sqlitestore => ../../sqlitestore

replace github.com/atomicsession/atomicsession/mongostore => ../../mongostore

replace github.com/atomicsession/atomicsession/redisstore => ../../redisstore

replace github.com/atomicsession/atomicsession/pgstore => ../../pgstore

replace github.com/atomicsession/atomicsession/mysqlstore => ../../mysqlstore
