-- What an update holds is left to the next sweep, so the two never wait for each other.
WITH expired AS (
  SELECT id FROM {schema}.session
  WHERE expires_hour {<=} ($1::bigint {/} 3600000) AND expires {<=} $1::bigint
  LIMIT $2::bigint
  FOR UPDATE SKIP LOCKED
)
DELETE FROM {schema}.session USING expired WHERE session.id {=} expired.id
