SELECT id FROM {schema}.session
WHERE {whose} AND id {>} $2::{bytea} AND id {<>} $3::{bytea} AND ($4::bigint IS NULL OR {signed_in_at} {<} $4::bigint)
ORDER BY id
LIMIT $5::bigint
