// Package bench compares sessions on redisstore with those of alexedwards/scs on the same server. It is a module of its own so
// that nobody else depends on what it compares with.
//
//	REDIS_URL=redis://127.0.0.1:6379 go test -bench . -benchtime 10000x
package bench
