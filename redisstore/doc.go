// Package redisstore keeps sessions in Redis, one hash per session: single node, Sentinel or Cluster.
//
// Every common update is one server-side script call with no read before it (EVALSHA): guard, conditions, operations, expiry
// and operation ID are one step. Values are stored in the text form of package driver, one hash field per top-level field, so
// that redis-cli can show them; no field name reaches the metadata, which sits in fields whose names begin with '$'.
//
// Where most requests only read, [Options.CacheTTL] has loads answered from memory, for what it says there.
//
// It writes layout version 1, which each session says, and reads no other ([driver.ErrLayout]).
//
// docs/redis.md has the layout, what is guaranteed when connections break and servers fail, and what is not.
package redisstore
