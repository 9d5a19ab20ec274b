-- Conditions that hold others, and operations that hold operations: they come as JSON in an operand of a step.

-- Marks the steps that need the functions of this file. A schema that has none of them refuses the call, where its others would
-- misunderstand the steps.
CREATE OR REPLACE FUNCTION {schema}.nested_v6(steps text[]) RETURNS text[] LANGUAGE sql IMMUTABLE AS $function$
  SELECT steps
$function$;

-- The numbers of the elements that may meet conditions, as their texts hold the needle: what is equal to a scalar is written alike, but for the
-- ".0" of a number. Null if it is too much work to ask of each of them while the row is locked.
CREATE OR REPLACE FUNCTION {schema}.candidates(elems text[], needle text, each text) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $function$
  SELECT CASE WHEN count(*) * octet_length(each) <= 16384 THEN coalesce(array_agg(e.n::integer), '{}') END
  FROM unnest(elems) WITH ORDINALITY AS e (text, n)
  WHERE position(needle IN e.text) > 0
$function$;

-- Whether all conditions are met, or any if one is enough; null if that cannot be told. Each is a word, the number of the text among values
-- that it looks at, the path inside that, an operand or the conditions that it holds, and their needle. In a query null matches a missing field;
-- what it searches arrays for cannot be told.
CREATE OR REPLACE FUNCTION {schema}.meets(vals text[], conditions json, one boolean, query boolean) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  sum boolean := NOT one;
  c json;
  word text;
  value text;
  met boolean;
BEGIN
  FOR c IN SELECT e.value FROM json_array_elements(conditions) AS e (value) LOOP
    word := c ->> 0;
    IF word IN ('and', 'or', 'nor') THEN
      met := {schema}.meets(vals, c -> 3, word <> 'and', query);
      met := met <> (word = 'nor');
    ELSE
      value := {schema}.lookup(vals[(c ->> 1)::integer], c ->> 2);
      IF value = '!path' THEN
        value := NULL;
      END IF;
      IF query AND word <> 'exists' THEN
        value := coalesce(value, 'null');
      END IF;
      IF value = '!eval' OR query AND left(value, 1) = '[' THEN
        met := NULL;
      ELSIF word = 'elemMatch' THEN
        met := {schema}.element_meets(value, c -> 3, c ->> 4);
      ELSIF word IN ('in', 'nin') THEN
        met := {schema}.is_among(value, c ->> 3) = (word = 'in');
      ELSIF word = 'ne' THEN
        met := NOT {schema}.holds('equals', value, c ->> 3);
      ELSE
        met := {schema}.holds(word, value, c ->> 3);
      END IF;
    END IF;
    IF met = one THEN
      RETURN one;
    ELSIF met IS NULL THEN
      sum := NULL;
    END IF;
  END LOOP;
  RETURN sum;
END
$function$;

CREATE OR REPLACE FUNCTION {schema}.is_among(value text, list text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $function$
BEGIN
  IF value IS NULL THEN
    RETURN false;
  ELSIF {schema}.unreadable(value) THEN
    RETURN NULL;
  END IF;
  RETURN value::jsonb IN (SELECT jsonb_array_elements(list::jsonb));
END
$function$;

CREATE OR REPLACE FUNCTION {schema}.element_meets(list text, conditions json, needle text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  sum boolean := false;
  elems text[];
  numbers integer[];
  i integer;
  met boolean;
BEGIN
  IF list IS NULL OR left(list, 1) <> '[' THEN
    RETURN false;
  ELSIF octet_length(list) > 65536 OR {schema}.unreadable(list) THEN
    RETURN NULL;
  END IF;
  elems := {schema}.split(list);
  numbers := {schema}.candidates(elems, needle, conditions::text);
  IF numbers IS NULL THEN
    RETURN NULL;
  END IF;
  FOREACH i IN ARRAY numbers LOOP
    met := {schema}.meets(ARRAY[elems[i]], conditions, false, false);
    IF met THEN
      RETURN true;
    ELSIF met IS NULL THEN
      sum := NULL;
    END IF;
  END LOOP;
  RETURN sum;
END
$function$;

-- The array without the elements that meet the conditions, which only objects do if these are on their fields.
CREATE OR REPLACE FUNCTION {schema}.without_those(list text, conditions json, needle text, fields boolean) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  elems text[] := {schema}.split(list);
  numbers CONSTANT integer[] := {schema}.candidates(elems, needle, conditions::text);
  i integer;
  met boolean;
BEGIN
  IF numbers IS NULL THEN
    RETURN '!eval';
  END IF;
  FOREACH i IN ARRAY numbers LOOP
    CONTINUE WHEN fields AND {schema}.kind(elems[i]) <> 'object';
    met := {schema}.meets(ARRAY[elems[i]], conditions, false, true);
    IF met THEN
      elems[i] := NULL; -- which join leaves out
    ELSIF met IS NULL THEN
      RETURN '!eval';
    END IF;
  END LOOP;
  RETURN {schema}.join(elems);
END
$function$;

-- The array with the operations, each a word, a path and three operands, applied to those elements that meet the conditions. What fails is
-- left to the client, who says which element it was.
CREATE OR REPLACE FUNCTION {schema}.change_elements(list text, conditions json, needle text, operations json) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  elems text[] := {schema}.split(list);
  numbers CONSTANT integer[] := {schema}.candidates(elems, needle, conditions::text || operations::text);
  i integer;
  op json;
  elem text;
  met boolean;
BEGIN
  IF numbers IS NULL THEN
    RETURN '!eval';
  END IF;
  FOREACH i IN ARRAY numbers LOOP
    elem := elems[i];
    met := {schema}.meets(ARRAY[elem], conditions, false, false);
    IF met IS NULL THEN
      RETURN '!eval';
    END IF;
    CONTINUE WHEN NOT met;
    FOR op IN SELECT e.value FROM json_array_elements(operations) AS e (value) LOOP
      elem := {schema}.change_inside(elem, op ->> 0, op ->> 1, op ->> 2, op ->> 3, op ->> 4);
      IF left(elem, 1) = '!' THEN
        RETURN '!eval';
      END IF;
    END LOOP;
    elems[i] := coalesce(elem, 'null');
  END LOOP;
  RETURN {schema}.join(elems);
END
$function$;

-- What an operation makes of a value by changing what path leads to inside it.
CREATE OR REPLACE FUNCTION {schema}.change_inside(value text, word text, path text, a text, b text, c text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  old CONSTANT text := {schema}.lookup(value, path);
  new text;
BEGIN
  IF old = '!path' AND word = 'unset' THEN
    RETURN value;
  ELSIF left(old, 1) = '!' THEN
    RETURN old;
  END IF;
  new := {schema}.change(word, old, a, b, c);
  IF path = '' OR left(new, 1) = '!' THEN
    RETURN new;
  ELSIF new IS NOT DISTINCT FROM old THEN
    RETURN value;
  END IF;
  RETURN {schema}.put(value, string_to_array(path, '.'), new);
END
$function$;
