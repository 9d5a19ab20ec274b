-- The first column says whether the verifier is that of the session, and not the one before; the second has the texts of the
-- fields, empty for those that do not exist.
SELECT s.verifier {=} $2::{bytea}, ARRAY (
  SELECT coalesce(f.value, '') FROM pg_catalog.unnest($5::{text}[]) WITH ORDINALITY AS wanted (name, n)
  LEFT JOIN {schema}.field f ON f.session {=} s.id AND f.name {=} wanted.name
  ORDER BY n
)
FROM {schema}.session s
WHERE s.id {=} $1::{bytea} AND s.expires {>} $3::bigint
  AND (s.verifier {=} $2::{bytea} OR s.previous {=} $2::{bytea} AND s.renewed {>} $4::bigint)
