BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL client_encoding = UTF8; -- which this script is in, whatever the terminal of who runs it has
-- What the statements after it name is what PostgreSQL has, and not what others have put before it.
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning; -- that there is nothing to drop is no news
-- From here on no other process does it. One may have, since this was written: then what follows is not what is left to do.
DO $check$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('atomicsession ' || {name}, 0));
  IF {otherwise} THEN
    RAISE 'the schema is not as it was when this script was written' USING ERRCODE = 'serialization_failure';
  END IF;
END
$check$;
