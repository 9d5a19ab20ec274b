SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid {=} c.relnamespace
  WHERE n.nspname {=} $1::{text} AND c.relname {=} 'version'::{text}
), EXISTS (
  SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid {=} p.pronamespace
  WHERE n.nspname {=} $1::{text} AND p.proname {=} 'nested_v6'::{text}
), EXISTS (
  SELECT FROM pg_catalog.pg_namespace WHERE nspname {=} $1::{text}
), pg_catalog.current_setting('server_encoding')
