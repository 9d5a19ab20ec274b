-- Locked in one order, two of these cannot wait for each other, nor can one and a sign-in that ends others. Whatever has become of a
-- session by the time it is locked, the conditions are asked again.
WITH selected AS (
  SELECT id FROM {schema}.session
  WHERE {whose} AND id {=} ANY ($2::{bytea}[]) AND ($4::bigint IS NULL OR {signed_in_at} {<} $4::bigint)
  ORDER BY id FOR UPDATE
), deleted AS (
  DELETE FROM {schema}.session USING selected WHERE session.id {=} selected.id RETURNING session.expires
)
SELECT FROM deleted WHERE expires {>} $3::bigint
