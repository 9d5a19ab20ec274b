module github.com/atomicsession/atomicsession/redisstore/internal/bench

go 1.26.0

replace (
	github.com/atomicsession/atomicsession => ../../../
	github.com/atomicsession/atomicsession/redisstore => ../../
)

require (
	github.com/alexedwards/scs/goredisstore v0.0.0-20250212122300-421ef1d8611c
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/atomicsession/atomicsession v0.0.0-00010101000000-000000000000
	github.com/atomicsession/atomicsession/redisstore v0.0.0-00010101000000-000000000000
	github.com/redis/go-redis/v9 v9.23.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
