-- Sessions know when whom they belong to has last proved who they are, and have attributes, of which the label is one.
ALTER TABLE {schema}.session
  ADD COLUMN authenticated bigint,
  ADD COLUMN attrs jsonb;
UPDATE {schema}.session SET attrs = jsonb_build_object('label', label) WHERE label IS NOT NULL;

-- Programs of version 4 know nothing of them. Their loads and creations ask for a column that is no more, and their updates for functions:
-- they fail, rather than to sign in past a limit or to leave the time of a sign-in with the next user.
ALTER TABLE {schema}.session DROP COLUMN label;
DROP FUNCTION IF EXISTS {schema}.update_v4;
DROP FUNCTION IF EXISTS {schema}.quick_v4;
DROP FUNCTION IF EXISTS {schema}.nested_v4;

COMMENT ON COLUMN {schema}.session.authenticated IS 'null: not known';
COMMENT ON COLUMN {schema}.session.attrs IS 'an object of texts; null: none';
