WITH created AS (
  INSERT INTO {schema}.session (id, verifier, username, label, created, used, expires, deadline, size, ops)
  VALUES ($1::bytea, $2::bytea, $3::text, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9::bigint, $10::bytea)
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), fields AS (
  INSERT INTO {schema}.field (session, name, value)
  SELECT created.id, new.name, new.value FROM created, unnest($11::text[], $12::text[]) AS new (name, value)
)
SELECT count(*) FROM created
