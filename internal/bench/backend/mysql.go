package backend

import (
	"context"
	"database/sql"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mysqlAt is at for a URL as the driver of MySQL reads it.
func mysqlAt(text, other string) (host, changed string, err error) {
	config, err := mysql.ParseDSN(text)
	if err != nil {
		return "", "", err
	}
	host, config.Addr = config.Addr, other
	return host, config.FormatDSN(), nil
}

func (b *Backend) askMySQL(ctx context.Context) error {
	db, err := sql.Open("mysql", b.URL)
	if err != nil {
		return err
	}
	b.closers = append(b.closers, func() { _ = db.Close() })
	var version string
	if err := db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return err
	}
	b.version("MariaDB", strings.TrimSuffix(version, "-MariaDB"))
	b.bytes = func(ctx context.Context) (n int64, err error) {
		tables := "SELECT COALESCE(SUM(FILE_SIZE), 0) FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE '%/%'" // as MariaDB names it
		return n, db.QueryRowContext(ctx, tables).Scan(&n)
	}
	return nil
}
