-- The version of the schema, in one row.
CREATE TABLE {schema}.version (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  version integer NOT NULL
);
INSERT INTO {schema}.version (version) VALUES (0);

-- One row per session: what it says of itself, and the operations that were applied to it. Times are Unix milliseconds.
CREATE TABLE {schema}.session (
  id       bytea PRIMARY KEY CHECK (octet_length(id) = 16),
  verifier bytea NOT NULL CHECK (octet_length(verifier) = 32), -- SHA-256 of the secret
  previous bytea CHECK (octet_length(previous) = 32),          -- what the latest renewal replaced, null: none
  renewed  bigint,                                             -- and when that was
  username text COLLATE "C" CHECK (username <> ''),            -- null: nobody
  label    text CHECK (label <> ''),                           -- null: none
  created  bigint NOT NULL,
  used     bigint NOT NULL,
  expires  bigint NOT NULL,
  deadline bigint,                                             -- null: none
  size     bigint NOT NULL,                                    -- bytes of the names and texts of its fields, or more; see quick.sql
  ops      bytea NOT NULL CHECK (octet_length(ops) % 16 = 0),  -- the latest operation IDs, the oldest first; see update.sql
  floor    bytea NOT NULL DEFAULT '',                          -- the greatest operation ID that ops has forgotten
  -- Only this is indexed, and not the time itself: an update that leaves the hour as it is changes no index.
  expires_hour bigint NOT NULL GENERATED ALWAYS AS (expires / 3600000) STORED
) WITH (fillfactor = 60);

CREATE INDEX session_expires_hour ON {schema}.session (expires_hour);
CREATE INDEX session_username ON {schema}.session (username, id) WHERE username IS NOT NULL;

-- One row per top-level field of a session's document, in the text form of package driver.
CREATE TABLE {schema}.field (
  session bytea NOT NULL REFERENCES {schema}.session ON DELETE CASCADE,
  name    text COLLATE "C" NOT NULL CHECK (name <> '' AND left(name, 1) <> '$' AND position('.' IN name) = 0),
  value   text NOT NULL,
  PRIMARY KEY (session, name)
) WITH (fillfactor = 80);
