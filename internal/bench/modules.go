package main

import "github.com/atomicsession/atomicsession/internal/bench/result"

// measured are the modules whose versions a result depends on.
var measured = []string{
	"github.com/alexedwards/scs/",
	"github.com/gin-contrib/sessions",
	"github.com/gofiber/fiber/",
	"github.com/gofiber/storage/",
	"github.com/gorilla/sessions",
	"github.com/jackc/pgx/",
	"github.com/ncruces/go-sqlite3",
	"github.com/rbcervilla/redisstore/",
	"github.com/redis/",
	"github.com/zerodha/simplesessions/",
	"go.mongodb.org/",
}

// modules returns the versions that this program was built with.
func modules() []result.Version {
	return append(result.Modules(measured...),
		result.Version{Name: "simplesessions on Redis", Version: "with this program's store, which sends what the library's sends"})
}
