module github.com/atomicsession/atomicsession/internal/integration

go 1.26

require (
	github.com/atomicsession/atomicsession v0.0.0
	github.com/coder/websocket v1.8.15
	github.com/gorilla/websocket v1.5.3
	go.uber.org/goleak v1.3.0
)

require github.com/stretchr/testify v1.12.1 // indirect

replace github.com/atomicsession/atomicsession => ../../
