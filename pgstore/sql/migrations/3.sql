-- Sessions know how long they live after a use, and whether their latest renewal signed in.
ALTER TABLE {schema}.session
  ADD COLUMN lifetime bigint,
  ADD COLUMN signed_in boolean NOT NULL DEFAULT false;
UPDATE {schema}.session SET lifetime = expires - used;
ALTER TABLE {schema}.session ALTER COLUMN lifetime SET NOT NULL;

-- Programs of version 2 know nothing of lifetimes, so what they call is gone. Their Create fails like their updates: it looks for a
-- column that has another name now, rather than to write rows that look damaged.
DROP FUNCTION IF EXISTS {schema}.update_v2;
DROP FUNCTION IF EXISTS {schema}.quick_v2;
ALTER TABLE {schema}.session RENAME COLUMN size TO bytes;

COMMENT ON COLUMN {schema}.session.bytes IS 'of the names and texts of its fields, or more';
COMMENT ON COLUMN {schema}.session.lifetime IS 'after a use, in milliseconds';
COMMENT ON COLUMN {schema}.session.signed_in IS 'by the renewal that replaced the verifier in previous';
