module github.com/atomicsession/atomicsession/internal/moving

go 1.26.0

require (
	github.com/atomicsession/atomicsession v0.1.0
	github.com/atomicsession/atomicsession/bridge/gorilla v0.1.0
	github.com/atomicsession/atomicsession/bridge/scs v0.1.0
)

replace github.com/atomicsession/atomicsession => ../../

replace github.com/atomicsession/atomicsession/bridge/gorilla => ../../bridge/gorilla

replace github.com/atomicsession/atomicsession/bridge/scs => ../../bridge/scs

replace github.com/atomicsession/atomicsession/adapter/echo => ../../adapter/echo

replace github.com/atomicsession/atomicsession/adapter/gin => ../../adapter/gin

replace github.com/atomicsession/atomicsession/pgstore => ../../pgstore

replace github.com/atomicsession/atomicsession/redisstore => ../../redisstore

replace github.com/atomicsession/atomicsession/sqlitestore => ../../sqlitestore

replace github.com/atomicsession/atomicsession/mongostore => ../../mongostore
