-- The last column has the texts of the fields, empty for those that do not exist.
SELECT {state}, s.authenticated, ARRAY (
  SELECT coalesce(f.value, '') FROM pg_catalog.unnest($6::{text}[]) WITH ORDINALITY AS wanted (name, n)
  LEFT JOIN {schema}.field f ON f.session {=} s.id AND f.name {=} wanted.name
  ORDER BY n
)
FROM {schema}.session s
WHERE {guard}
