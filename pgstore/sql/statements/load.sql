-- The first column says whether the verifier is that of the session, and not the one before; the second whether it opens the session
-- all the same.
SELECT s.verifier {=} $2::{bytea}, s.verifier {=} $2::{bytea} OR s.signed_in, {meta}, f.names, f.texts
FROM {schema}.session s, LATERAL (
  SELECT pg_catalog.array_agg(name) AS names, pg_catalog.array_agg(value) AS texts FROM {schema}.field
  WHERE session {=} s.id AND (s.verifier {=} $2::{bytea} OR s.signed_in)
) f
WHERE s.id {=} $1::{bytea} AND s.expires {>} $3::bigint
  AND (s.verifier {=} $2::{bytea} OR s.previous {=} $2::{bytea} AND s.renewed {>} $4::bigint)
