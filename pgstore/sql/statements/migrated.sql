SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace
  WHERE n.nspname {=} $1::{text} AND c.relname {=} 'version'::{text}
), EXISTS (
  SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid {=} p.pronamespace
  WHERE n.nspname {=} $1::{text} AND p.proname {=} 'nested_v6'::{text}
), EXISTS (
  SELECT FROM pg_catalog.pg_namespace WHERE nspname {=} $1::{text}
), pg_catalog.current_setting('server_encoding'), coalesce((
  SELECT c.relname::{text} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace
  JOIN (VALUES ('version', 'one', 16), ('session', 'verifier', 17), ('field', 'session', 17)) t (name, its, type) -- boolean, bytea
    ON c.relname {=} t.name::{text}
  WHERE n.nspname {=} $1::{text} AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_attribute a
    WHERE a.attrelid {=} c.oid AND a.attname {=} t.its::{text} AND a.atttypid {=} t.type::pg_catalog.oid
  ) LIMIT 1
), ''), coalesce((
  SELECT u.name FROM (
    SELECT c.relname::{text}, c.relnamespace FROM pg_catalog.pg_class c UNION ALL SELECT p.proname, p.pronamespace FROM pg_catalog.pg_proc p
  ) u (name, of) JOIN pg_catalog.pg_namespace n ON n.oid {=} u.of
  WHERE n.nspname {=} $1::{text} AND u.name {=} ANY ($2::pg_catalog.text[]) LIMIT 1
), '')
