SELECT coalesce(previous {=} $2::{bytea} AND renewed {>} $4::bigint AND expires {>} $3::bigint, false)
FROM {schema}.session WHERE id {=} $1::{bytea}
