package redisstore

// URL returns that of the server which all tests share that do not break it, for the examples.
func URL() string { return "redis://" + address }
