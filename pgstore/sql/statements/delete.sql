DELETE FROM {schema}.session WHERE id {=} $1::{bytea} AND verifier {=} $2::{bytea} AND expires {>} $3::bigint
