SELECT FROM {schema}.session WHERE id {=} $1::{bytea} AND position($2::{bytea} IN ops) {>} 0
