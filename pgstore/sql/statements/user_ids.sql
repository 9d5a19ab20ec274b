SELECT id FROM {schema}.session
WHERE username {=} $1::{text} AND id {<>} $2::{bytea} AND id {>} $3::{bytea} ORDER BY id LIMIT $4::bigint
