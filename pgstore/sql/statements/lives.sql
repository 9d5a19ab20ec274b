SELECT expires {>} $3::bigint, verifier {=} $2::{bytea} FROM {schema}.session WHERE id {=} $1::{bytea}
