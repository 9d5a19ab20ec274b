module github.com/atomicsession/atomicsession/internal/roundtrip

go 1.26.0

require (
	github.com/atomicsession/atomicsession v0.0.0
	github.com/atomicsession/atomicsession/sqlitestore v0.0.0
)

replace github.com/atomicsession/atomicsession => ../../

replace github.com/atomicsession/atomicsession/sqlitestore => ../../sqlitestore

replace github.com/atomicsession/atomicsession/mongostore => ../../mongostore

replace github.com/atomicsession/atomicsession/redisstore => ../../redisstore

replace github.com/atomicsession/atomicsession/pgstore => ../../pgstore
