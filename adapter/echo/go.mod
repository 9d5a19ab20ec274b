module github.com/atomicsession/atomicsession/adapter/echo

go 1.26.0

replace github.com/atomicsession/atomicsession => ../../

require github.com/atomicsession/atomicsession v0.1.0

require (
	github.com/stretchr/testify v1.12.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/net v0.62.0 // indirect
)

require (
	github.com/labstack/echo/v5 v5.4.5
	golang.org/x/time v0.15.0 // indirect
)
