SELECT {state}, s.authenticated, ARRAY (
  SELECT coalesce(f.value, '') FROM pg_catalog.unnest($6::{text}[]) WITH ORDINALITY AS wanted (name, n)
  LEFT JOIN {schema}.field f ON f.session {=} s.id AND f.name {=} wanted.name
  ORDER BY n
)
FROM {schema}.session s, {key}
WHERE {guard}
