module github.com/atomicsession/atomicsession/redisstore

go 1.26.0

replace github.com/atomicsession/atomicsession => ../

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/redis/rueidis v1.0.79
	go.uber.org/goleak v1.3.0
)

require (
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)
