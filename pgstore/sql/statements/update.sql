SELECT {schema}.update_v6($1::{bytea}, $2::{bytea}, $3::bigint, $4::bigint, $5::{bytea}, $6::boolean, $7::bigint, $8::{bytea}, $9::{text},
  $10::bigint, $11::{text}[], $12::{text}[], $13::{text}[], $14::{text}[], $15::bigint, $16::bigint, $17::bigint, $18::{text}::{jsonb},
  $19::bigint, $20::{text}, $21::integer, $22::boolean, $23::{bytea})
