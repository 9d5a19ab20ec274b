module github.com/atomicsession/atomicsession/mysqlstore

go 1.26.0

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/go-sql-driver/mysql v1.10.1
	go.uber.org/goleak v1.3.0
)

require (
	filippo.io/edwards25519 v1.2.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
)

replace github.com/atomicsession/atomicsession => ../
