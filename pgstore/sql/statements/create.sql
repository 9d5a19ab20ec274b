WITH created AS (
  INSERT INTO {schema}.session (
    id, username, created, last_used, expires, expires_hour, lifetime, deadline, authenticated, attrs, verifier, bytes, ops
  )
  VALUES ($1::{bytea}, $2::{text}, $3::bigint, $4::bigint, $5::bigint, $5::bigint {/} 3600000, $6::bigint, $7::bigint, $8::bigint,
    $9::{text}::{jsonb}, $10::{bytea}, $11::bigint, $12::{bytea})
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), fields AS (
  INSERT INTO {schema}.field (session, name, value)
  SELECT created.id, new.name, new.value
  FROM created, ROWS FROM (pg_catalog.unnest($13::{text}[]), pg_catalog.unnest($14::{text}[])) AS new (name, value)
)
SELECT FROM created
