package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// applicationID marks a database file as one of this package: "AtSs".
const applicationID = 0x41745373

// migrations lead from one version of the layout to the next; the version is the number of those applied. They are
// part of the file format: a released one never changes. After one that programs of before would misunderstand, the tables that they
// write have other names: one that has the file open then fails, since only Open looks at the version.
var migrations = []string{`
CREATE TABLE sessions (
	n        INTEGER PRIMARY KEY,
	id       BLOB NOT NULL UNIQUE,
	verifier BLOB NOT NULL,
	previous BLOB,
	renewed  INTEGER,
	user     TEXT NOT NULL,
	created  INTEGER NOT NULL,
	used     INTEGER NOT NULL,
	expires  INTEGER NOT NULL,
	deadline INTEGER,
	hour     INTEGER NOT NULL,
	size     INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user, id) WHERE user <> '';
CREATE INDEX sessions_by_hour ON sessions (hour);

CREATE TABLE fields (
	session INTEGER NOT NULL,
	name    TEXT NOT NULL,
	value   TEXT NOT NULL,
	UNIQUE (session, name)
) STRICT;
CREATE TRIGGER delete_fields AFTER DELETE ON sessions BEGIN
	DELETE FROM fields WHERE session = old.n;
END;
`, `
ALTER TABLE sessions ADD COLUMN label TEXT NOT NULL DEFAULT '';
`, `
ALTER TABLE sessions ADD COLUMN lifetime INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN signed_in INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET lifetime = expires - used;
`, `
UPDATE sessions SET lifetime = expires - used WHERE lifetime = 0; -- by a program that did not know of it
ALTER TABLE sessions ADD COLUMN authenticated INTEGER;
ALTER TABLE sessions ADD COLUMN attrs TEXT;
UPDATE sessions SET attrs = json_object('label', label) WHERE label <> '';
ALTER TABLE sessions DROP COLUMN label;
ALTER TABLE sessions RENAME TO session; -- who does not know of authenticated leaves that of a user before
`}

// setUp makes a new file a database of the current layout, brings an older one up to date, and touches no other.
// Other processes may be doing the same.
func (c *conn) setUp(ctx context.Context, busyTimeout time.Duration) error {
	// Some of the steps do not wait for a lock, because two connections might wait for each other. So they try again.
	for p := retry.For(busyTimeout); ; {
		if err := c.trySetUp(); !errors.Is(err, sqlite3.BUSY) || !p.Again(ctx, err) {
			return err
		}
	}
}

func (c *conn) trySetUp() error {
	// Not even closing the connection may change a file that is not ours.
	if _, err := c.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, true); err != nil {
		return err
	}
	version, err := c.version()
	if err != nil {
		return err
	}
	if version < len(migrations) {
		if err := c.migrate(); err != nil {
			return err
		}
	}
	if _, err := c.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, false); err != nil {
		return err
	}
	for s, err := range tables.All(c, "PRAGMA journal_mode = wal") {
		if err != nil {
			return err
		}
		if mode := s.Text(0); mode != "wal" {
			return fmt.Errorf("%w: no write-ahead log on this file system", driver.ErrUnavailable)
		}
	}
	return nil
}

// version returns the version of the layout, 0 for an empty file, and an error unless the file is ours or empty.
func (c *conn) version() (int, error) {
	var application, version, objects int64
	for s, err := range tables.All(c, `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema)
		FROM pragma_application_id, pragma_user_version`) {
		if err != nil {
			return 0, err
		}
		application, version, objects = s.Int64(0), s.Int64(1), s.Int64(2)
	}
	switch {
	case application == 0 && version == 0 && objects == 0:
		return 0, nil
	case application != applicationID:
		return 0, driver.Corrupt("the database belongs to another application")
	case version < 1:
		return 0, driver.Corrupt("the database has no version")
	case version > int64(len(migrations)):
		return 0, fmt.Errorf("%w: the database has %d, this program knows %d: it needs a newer one", tables.ErrLayout, version, len(migrations))
	}
	return int(version), nil
}

// migrate applies what is missing in one transaction.
func (c *conn) migrate() (err error) {
	if err := c.Exec("PRAGMA secure_delete = on; BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil && !c.GetAutocommit() {
			err = errors.Join(err, c.Exec("ROLLBACK"))
		}
	}()
	version, err := c.version() // another process may have been faster
	if err != nil {
		return err
	}
	for ; version < len(migrations); version++ {
		if err := c.Exec(migrations[version]); err != nil {
			return err
		}
	}
	return c.Exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", applicationID, version))
}
