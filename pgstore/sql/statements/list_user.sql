SELECT id, {meta}
FROM {schema}.session
WHERE username {=} $1::{text} AND id {>} $2::{bytea} AND expires {>} $3::bigint
ORDER BY id
LIMIT $4::bigint
