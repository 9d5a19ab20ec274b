module github.com/atomicsession/atomicsession/drivertest/linearizable

go 1.26.0

require (
	github.com/anishathalye/porcupine v1.3.1
	github.com/atomicsession/atomicsession v0.1.0
)

replace github.com/atomicsession/atomicsession => ../../
