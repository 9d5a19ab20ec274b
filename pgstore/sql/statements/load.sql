SELECT {state}, {meta}, {listed}, f.names, f.texts
FROM {schema}.session s, {key}, LATERAL (
  SELECT pg_catalog.array_agg(name) AS names, pg_catalog.array_agg(value) AS texts FROM {schema}.field
  WHERE session {=} s.id AND (k.fits OR s.signed_in AND s.renewed {>} $5::bigint){named}
) f
WHERE {guard}
