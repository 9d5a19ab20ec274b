-- Operators on arrays: the text is cut into the texts of its elements, and these are moved about.

CREATE OR REPLACE FUNCTION {schema}.split(list text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $function$
  SELECT ARRAY (SELECT e.value::text FROM json_array_elements(list::json) WITH ORDINALITY AS e (value, n) ORDER BY n)
$function$;

CREATE OR REPLACE FUNCTION {schema}.join(elems text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT '[' || array_to_string(elems, ',') || ']'
$function$;

CREATE OR REPLACE FUNCTION {schema}.append(list text, added text) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT CASE WHEN added = '[]' THEN list WHEN list = '[]' THEN added ELSE left(list, -1) || ',' || substr(added, 2) END
$function$;

CREATE OR REPLACE FUNCTION {schema}.push(list text, added text, place text, keep text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  elems text[] := {schema}.split(list);
  before integer := cardinality(elems);
BEGIN
  IF place <> '' THEN
    before := least(before, CASE WHEN place::bigint < 0 THEN greatest(0, place::bigint + before) ELSE place::bigint END);
  END IF;
  elems := elems[:before] || {schema}.split(added) || elems[before + 1:];
  IF keep <> '' THEN
    IF keep::bigint >= 0 THEN
      elems := elems[:least(keep::bigint, cardinality(elems))];
    ELSE
      elems := elems[greatest(1, cardinality(elems) + keep::bigint + 1):];
    END IF;
  END IF;
  RETURN {schema}.join(elems);
END
$function$;

-- The array without the elements that equal one of the others or, if deep, that are arrays with such an element: so a query of
-- MongoDB matches. The others are hashed, and so are the elements below: many are never compared with many.
CREATE OR REPLACE FUNCTION {schema}.without(list text, others text, deep boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT {schema}.join(coalesce(array_agg(e.value::text ORDER BY e.n), '{}'))
  FROM json_array_elements(list::json) WITH ORDINALITY AS e (value, n)
  WHERE NOT (e.value::jsonb IN (SELECT jsonb_array_elements(others::jsonb)))
    AND NOT CASE WHEN deep AND json_typeof(e.value) = 'array'
      THEN ARRAY (SELECT jsonb_array_elements(e.value::jsonb)) && ARRAY (SELECT jsonb_array_elements(others::jsonb)) -- these are few
      ELSE false END
$function$;

CREATE OR REPLACE FUNCTION {schema}.add_to_set(list text, others text) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT {schema}.append(list, {schema}.join(coalesce(array_agg(added.text ORDER BY added.n), '{}')))
  FROM (
    SELECT DISTINCT ON (e.value::jsonb) e.value::text AS text, e.n
    FROM json_array_elements(others::json) WITH ORDINALITY AS e (value, n)
    WHERE NOT (e.value::jsonb IN (SELECT jsonb_array_elements(list::jsonb)))
    ORDER BY e.value::jsonb, e.n
  ) AS added
$function$;

-- A long array is left to the client, as the row stays locked and the server busy while it is taken apart.
CREATE OR REPLACE FUNCTION {schema}.change_array(word text, list text, a text, b text, c text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  elems text[];
BEGIN
  IF {schema}.kind(list) <> 'array' THEN
    RETURN '!type';
  ELSIF word = 'push' AND b = '' AND c = '' THEN
    RETURN {schema}.append(list, a);
  ELSIF octet_length(list) > 65536 OR {schema}.unreadable(list) THEN
    RETURN '!eval';
  END IF;
  CASE word
  WHEN 'push' THEN
    RETURN {schema}.push(list, a, b, c);
  WHEN 'addToSet' THEN
    RETURN {schema}.add_to_set(list, a);
  WHEN 'pullAll', 'pull' THEN
    RETURN {schema}.without(list, a, word = 'pull');
  WHEN 'pullThose' THEN
    RETURN {schema}.without_those(list, a::json, b, c <> '');
  WHEN 'elements' THEN
    RETURN {schema}.change_elements(list, a::json, b, c::json);
  WHEN 'pop' THEN
    elems := {schema}.split(list);
    RETURN {schema}.join(CASE a WHEN 'first' THEN elems[2:] ELSE elems[:cardinality(elems) - 1] END);
  END CASE;
END
$function$;
