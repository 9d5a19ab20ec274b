module github.com/atomicsession/atomicsession/bridge/scs

go 1.26.0

replace github.com/atomicsession/atomicsession => ../../

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/atomicsession/atomicsession v0.1.0
)
