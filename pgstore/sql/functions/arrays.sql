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
-- MongoDB matches.
CREATE OR REPLACE FUNCTION {schema}.without(list text, others text, deep boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  removed CONSTANT jsonb[] := ARRAY (SELECT jsonb_array_elements(others::jsonb));
  kept text[] := '{}';
  elem text;
  value jsonb;
BEGIN
  FOREACH elem IN ARRAY {schema}.split(list) LOOP
    value := elem;
    IF value = ANY (removed)
      OR deep AND jsonb_typeof(value) = 'array' AND ARRAY (SELECT jsonb_array_elements(value)) && removed THEN
      CONTINUE;
    END IF;
    kept := kept || elem;
  END LOOP;
  RETURN {schema}.join(kept);
END
$function$;

CREATE OR REPLACE FUNCTION {schema}.add_to_set(list text, others text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  present jsonb[] := ARRAY (SELECT jsonb_array_elements(list::jsonb));
  added text[] := '{}';
  elem text;
BEGIN
  FOREACH elem IN ARRAY {schema}.split(others) LOOP
    IF elem::jsonb <> ALL (present) THEN
      present := present || elem::jsonb;
      added := added || elem;
    END IF;
  END LOOP;
  RETURN {schema}.append(list, {schema}.join(added));
END
$function$;

CREATE OR REPLACE FUNCTION {schema}.change_array(word text, list text, a text, b text, c text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  elems text[];
BEGIN
  IF {schema}.kind(list) <> 'array' THEN
    RETURN '!type';
  ELSIF word = 'push' AND b = '' AND c = '' THEN
    RETURN {schema}.append(list, a);
  ELSIF {schema}.unreadable(list) THEN
    RETURN '!eval';
  END IF;
  CASE word
  WHEN 'push' THEN
    RETURN {schema}.push(list, a, b, c);
  WHEN 'addToSet' THEN
    RETURN {schema}.add_to_set(list, a);
  WHEN 'pullAll', 'pull' THEN
    RETURN {schema}.without(list, a, word = 'pull');
  WHEN 'pop' THEN
    elems := {schema}.split(list);
    RETURN {schema}.join(CASE a WHEN 'first' THEN elems[2:] ELSE elems[:cardinality(elems) - 1] END);
  END CASE;
END
$function$;
