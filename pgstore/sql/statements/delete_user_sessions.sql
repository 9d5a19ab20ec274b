-- Locked in one order, two of these cannot wait for each other.
WITH theirs AS (
  SELECT id FROM {schema}.session WHERE id {=} ANY ($1::{bytea}[]) AND username {=} $2::{text} ORDER BY id FOR UPDATE
), deleted AS (
  DELETE FROM {schema}.session USING theirs WHERE session.id {=} theirs.id RETURNING session.expires
)
SELECT FROM deleted WHERE expires {>} $3::bigint
