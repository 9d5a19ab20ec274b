SELECT FROM {schema}.session WHERE id {=} $1::{bytea} FOR NO KEY UPDATE
