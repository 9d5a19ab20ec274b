SELECT id, {meta}, {listed}
FROM {schema}.session
WHERE {whose} AND id {>} $2::{bytea} AND expires {>} $3::bigint
ORDER BY id
LIMIT $4::bigint
