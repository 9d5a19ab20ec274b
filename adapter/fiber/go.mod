module github.com/atomicsession/atomicsession/adapter/fiber

go 1.26.0

replace github.com/atomicsession/atomicsession => ../../

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/gofiber/fiber/v3 v3.1.0
)

require go.yaml.in/yaml/v3 v3.0.6 // indirect

require (
	github.com/fxamacker/cbor/v2 v2.9.4 // indirect
	github.com/gofiber/schema v1.7.0 // indirect
	github.com/gofiber/utils/v2 v2.0.2 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/mattn/go-colorable v0.1.16 // indirect
	github.com/mattn/go-isatty v0.0.24 // indirect
	github.com/molecule-man/go-brrr v1.3.1 // indirect
	github.com/philhofer/fwd v1.2.0 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	github.com/tinylib/msgp v1.6.4 // indirect
	github.com/valyala/bytebufferpool v1.0.0 // indirect
	github.com/valyala/fasthttp v1.78.0 // of older ones StreamRequestBody lets requests be smuggled
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
)
