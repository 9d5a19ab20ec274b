DELETE FROM {schema}.session s WHERE s.id {=} $1::{bytea} AND s.expires {>} $3::bigint AND ({current})
