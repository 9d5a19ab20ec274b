-- Each statement that writes a row prepares the table's checks and generated columns anew, which took a good part of an update. What the
-- checks kept out is found by who reads it, and who writes a session writes expires_hour.
ALTER TABLE {schema}.session
  DROP CONSTRAINT IF EXISTS session_id_check,
  DROP CONSTRAINT IF EXISTS session_verifier_check,
  DROP CONSTRAINT IF EXISTS session_previous_check,
  DROP CONSTRAINT IF EXISTS session_username_check,
  DROP CONSTRAINT IF EXISTS session_ops_check,
  ALTER COLUMN expires_hour DROP EXPRESSION;
ALTER TABLE {schema}.field DROP CONSTRAINT IF EXISTS field_name_check;

-- Programs of version 5 know nothing of that. Their loads and creations look for a column that has another name now, and their updates for
-- functions: they fail, rather than to leave behind an hour that no sweep finds.
ALTER TABLE {schema}.session RENAME COLUMN used TO last_used;
DROP FUNCTION IF EXISTS {schema}.update_v5;
DROP FUNCTION IF EXISTS {schema}.quick_v5;
DROP FUNCTION IF EXISTS {schema}.nested_v5;

COMMENT ON COLUMN {schema}.session.expires_hour IS 'expires / 3600000, which the sweeper looks for';
