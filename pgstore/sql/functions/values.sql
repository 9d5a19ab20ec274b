-- Texts of values: their kinds, their order, equality by value. A function that cannot tell returns null, or '!eval' where null
-- has a meaning; the client evaluates then.

CREATE OR REPLACE FUNCTION {schema}.kind(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT CASE left(value, 1)
    WHEN '"' THEN 'string'
    WHEN '[' THEN 'array'
    WHEN '{' THEN CASE
      WHEN value LIKE '{"$date":%' THEN 'time'
      WHEN value LIKE '{"$binary":%' THEN 'bytes'
      WHEN value LIKE '{"$json":%' THEN 'json'
      ELSE 'object'
    END
    WHEN 't' THEN 'bool'
    WHEN 'f' THEN 'bool'
    WHEN 'n' THEN 'null'
    ELSE CASE WHEN position(left(value, 1) IN '-0123456789') > 0 THEN 'number' ELSE 'no value' END
  END
$function$;

-- The server's JSON functions cannot read NUL.
CREATE OR REPLACE FUNCTION {schema}.unreadable(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $function$
  SELECT position(E'\\u0000' IN value) > 0
$function$;

-- The driver's text form of a name.
CREATE OR REPLACE FUNCTION {schema}.quote(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
BEGIN
  name := replace(replace(replace(name, E'\\', E'\\\\'), '"', E'\\"'), chr(10), E'\\n');
  IF name ~ E'[\\x01-\\x1f]' THEN
    FOR c IN 1 .. 31 LOOP
      name := replace(name, chr(c), E'\\u00' || lpad(to_hex(c), 2, '0'));
    END LOOP;
  END IF;
  RETURN '"' || name || '"';
END
$function$;

-- The order of two values as -1, 0 or 1; null where both are arrays or objects that are not equal.
CREATE OR REPLACE FUNCTION {schema}.compare(a text, b text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  kinds CONSTANT text[] := ARRAY['null', 'number', 'string', 'object', 'array', 'bytes', 'bool', 'time', 'json'];
  kind  CONSTANT text := {schema}.kind(a);
  other CONSTANT text := {schema}.kind(b);
  x bytea;
  y bytea;
BEGIN
  IF kind <> other THEN
    RETURN sign(array_position(kinds, kind) - array_position(kinds, other))::integer;
  ELSIF a = b THEN
    RETURN 0;
  ELSIF kind = 'number' THEN
    RETURN sign(a::numeric - b::numeric);
  ELSIF kind IN ('bool', 'time') THEN
    RETURN CASE WHEN a COLLATE "C" < b THEN -1 ELSE 1 END;
  ELSIF {schema}.unreadable(a) OR {schema}.unreadable(b) THEN
    RETURN NULL;
  ELSIF kind = 'string' THEN
    RETURN CASE WHEN (a::json #>> '{}') COLLATE "C" < (b::json #>> '{}') THEN -1 ELSE 1 END;
  ELSIF kind = 'json' THEN
    RETURN CASE WHEN (a::json ->> '$json') COLLATE "C" < (b::json ->> '$json') THEN -1 ELSE 1 END;
  ELSIF kind = 'bytes' THEN
    x := decode(a::json ->> '$binary', 'base64');
    y := decode(b::json ->> '$binary', 'base64');
    RETURN CASE WHEN octet_length(x) < octet_length(y) OR octet_length(x) = octet_length(y) AND x < y THEN -1 ELSE 1 END;
  END IF;
  RETURN CASE WHEN a::jsonb = b::jsonb THEN 0 END;
END
$function$;

-- Whether a condition holds for the text of a field, null for none.
CREATE OR REPLACE FUNCTION {schema}.holds(word text, value text, operand text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $function$
BEGIN
  IF word = 'exists' THEN
    RETURN (value IS NOT NULL) = operand::boolean;
  ELSIF value IS NULL OR {schema}.kind(value) <> {schema}.kind(operand) THEN
    RETURN false;
  ELSIF word = 'equals' AND {schema}.kind(value) IN ('array', 'object') THEN
    RETURN value = operand OR CASE WHEN NOT {schema}.unreadable(value) THEN value::jsonb = operand::jsonb END;
  END IF;
  RETURN CASE word
    WHEN 'equals' THEN {schema}.compare(value, operand) = 0
    WHEN 'gt' THEN {schema}.compare(value, operand) > 0
    WHEN 'gte' THEN {schema}.compare(value, operand) >= 0
    WHEN 'lt' THEN {schema}.compare(value, operand) < 0
    WHEN 'lte' THEN {schema}.compare(value, operand) <= 0
  END;
END
$function$;
