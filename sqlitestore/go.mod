module github.com/atomicsession/atomicsession/sqlitestore

go 1.26.0

require (
	github.com/atomicsession/atomicsession v0.1.0
	// v0.37.0 requires a version of go-sqlite3-wasm/v6 that module proxies do not serve.
	github.com/ncruces/go-sqlite3 v0.36.0
	go.uber.org/goleak v1.3.0
)

require (
	github.com/ncruces/go-sqlite3-wasm/v6 v6.4.35401 // indirect
	github.com/ncruces/julianday v1.0.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/atomicsession/atomicsession => ../
