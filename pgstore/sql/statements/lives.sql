SELECT expires {>} $2::bigint FROM {schema}.session WHERE id {=} $1::{bytea}
