DELETE FROM {schema}.session WHERE id {=} $1::{bytea} AND username {=} $2::{text} AND expires {>} $3::bigint
