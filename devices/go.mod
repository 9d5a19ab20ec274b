module github.com/atomicsession/atomicsession/devices

go 1.26.0

replace github.com/atomicsession/atomicsession => ../

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/mileusna/useragent v1.3.5
)
