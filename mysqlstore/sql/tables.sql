-- One row per session: what it says of itself, and the operations that were applied to it. Times are Unix milliseconds. Everything is
-- bytes or numbers, so no character set, no collation and no sql_mode has a say.
CREATE TABLE IF NOT EXISTS {session} (
  id            BINARY(16) NOT NULL,
  verifier      BINARY(32) NOT NULL,      -- SHA-256 of the secret
  previous      BINARY(32),               -- what the latest renewal replaced, null: none
  renewed       BIGINT,                   -- and when that was
  signed_in     TINYINT NOT NULL,         -- whether that renewal signed in
  username      VARBINARY(256),           -- null: nobody
  authenticated BIGINT,                   -- null: not known
  attrs         MEDIUMBLOB,               -- an object of texts; null: none
  created       BIGINT NOT NULL,
  last_used     BIGINT NOT NULL,
  expires       BIGINT NOT NULL,
  expires_hour  BIGINT NOT NULL,          -- expires / 3600000, which the sweeper looks for: it changes seldom, and so does the index
  lifetime      BIGINT NOT NULL,          -- after a use, in milliseconds
  deadline      BIGINT,                   -- null: none
  bytes         BIGINT NOT NULL,          -- of the names and texts of its fields
  ops           VARBINARY(256) NOT NULL,  -- the latest operation IDs, the oldest first; see update.go
  floor         VARBINARY(16) NOT NULL,   -- the greatest operation ID that ops has forgotten
  PRIMARY KEY (id),
  KEY user_id (username, id),
  KEY expiry (expires_hour)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET binary COMMENT = 'atomicsession';

-- One row per top-level field of a session's document, in the text form of package driver.
CREATE TABLE IF NOT EXISTS {field} (
  session BINARY(16) NOT NULL,
  name    VARBINARY(3000) NOT NULL,
  value   LONGBLOB NOT NULL,
  PRIMARY KEY (session, name),
  CONSTRAINT {owner} FOREIGN KEY (session) REFERENCES {session} (id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET binary COMMENT = 'atomicsession';

-- Whoever signs in a user under a limit writes one of these rows first, which has others wait that do the same.
CREATE TABLE IF NOT EXISTS {turn} (
  bucket SMALLINT NOT NULL,
  taken  BIGINT NOT NULL,
  PRIMARY KEY (bucket)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET binary COMMENT = 'atomicsession';

CREATE TABLE IF NOT EXISTS {version} (
  one     TINYINT NOT NULL,
  version INT NOT NULL,
  PRIMARY KEY (one)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET binary COMMENT = 'atomicsession';
