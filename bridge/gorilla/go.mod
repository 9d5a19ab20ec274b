module github.com/atomicsession/atomicsession/bridge/gorilla

go 1.26.0

replace github.com/atomicsession/atomicsession => ../../

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/gorilla/sessions v1.4.0
)

require github.com/gorilla/securecookie v1.1.2
