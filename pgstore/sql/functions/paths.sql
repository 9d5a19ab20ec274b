-- Paths into a field. They lead through objects; where one meets an array the client evaluates.

-- What path leads to inside value, null if nothing is there. '!path' if a value that is no object is in the way.
CREATE OR REPLACE FUNCTION {schema}.lookup(value text, path text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  segment text;
BEGIN
  IF path = '' OR value IS NULL THEN
    RETURN value;
  ELSIF {schema}.unreadable(value) THEN
    RETURN '!eval';
  END IF;
  FOREACH segment IN ARRAY string_to_array(path, '.') LOOP
    CASE {schema}.kind(value)
    WHEN 'object' THEN value := (value::json -> segment)::text;
    WHEN 'array' THEN RETURN '!eval';
    ELSE RETURN '!path';
    END CASE;
    IF value IS NULL THEN
      RETURN NULL;
    END IF;
  END LOOP;
  RETURN value;
END
$function$;

-- The object with what path leads to replaced by leaf, or removed if that is null. Objects on the way are created.
CREATE OR REPLACE FUNCTION {schema}.put(object text, path text[], leaf text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  doc CONSTANT json := coalesce(object, '{}');
BEGIN
  IF cardinality(path) = 0 THEN
    RETURN leaf;
  END IF;
  leaf := {schema}.put((doc -> path[1])::text, path[2:], leaf);
  RETURN '{' || coalesce((
    SELECT string_agg({schema}.quote(f.name) || ':' || f.value, ',' ORDER BY f.name COLLATE "C")
    FROM (
      SELECT e.key, e.value::text FROM json_each(doc) e WHERE e.key <> path[1]
      UNION ALL
      SELECT path[1], leaf WHERE leaf IS NOT NULL
    ) f (name, value)
  ), '') || '}';
END
$function$;
