-- Sets fields, if the session is to be changed so as things are; where it is not, update_v6 knows why. Whatever the row has become by the time
-- that it is locked is asked again, and the fields, which are written after it, are read by nobody here.
--
-- It does not look how long the old texts are. p_added is the length of the new ones with their names, so the size of the session becomes more
-- than it is; update_v6 counts again before it refuses anything for its size.
WITH changed AS (
  UPDATE {schema}.session SET
    {changes},
    {remember},
    bytes = bytes {+} p_added
  FROM (
    SELECT $1::{bytea}, $2::{bytea}, $3::bigint, $5::{bytea}, $7::bigint, $8::{bytea}, $9::{text}, $10::bigint, $15::bigint,
      NULL::bigint, NULL::bigint, NULL::bigint
  ) AS p (p_id, p_verifier, p_now, p_op, p_max_age, p_renew, p_user, p_limit, p_added, p_lifetime, p_deadline, p_authenticated)
  WHERE id {=} p_id AND {fresh}
    AND (bytes {+} p_added) {<=} p_limit
  RETURNING id, ARRAY['ok', {meta}] AS answer
), written AS (
  INSERT INTO {schema}.field (session, name, value)
  SELECT changed.id, new.name, new.value
  FROM changed, ROWS FROM (pg_catalog.unnest($11::{text}[]), pg_catalog.unnest($13::{text}[])) AS new (name, value)
  ON CONFLICT (session, name) DO UPDATE SET value = EXCLUDED.value
)
SELECT coalesce((SELECT answer FROM changed), {schema}.update_v6($1::{bytea}, $2::{bytea}, $3::bigint, $4::bigint, $5::{bytea}, $6::boolean,
  $7::bigint, $8::{bytea}, $9::{text}, $10::bigint, $11::{text}[], $12::{text}[], $13::{text}[], $14::{text}[], NULL, NULL))
