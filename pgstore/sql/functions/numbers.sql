-- Arithmetic on the texts of numbers.

-- The text of a float as the driver writes it. The server's shortest text is the driver's but for numbers that are powers of two
-- or large, and but for the form.
CREATE OR REPLACE FUNCTION {schema}.float_text(value double precision) RETURNS text LANGUAGE plpgsql STABLE AS $function$
DECLARE
  text text;
  whole text;
BEGIN
  IF value = trunc(value) THEN
    IF value >= -9223372036854775808::double precision AND value < 9223372036854775808::double precision THEN
      RETURN value::bigint || '.0';
    END IF;
    RETURN '!eval';
  ELSIF current_setting('extra_float_digits')::integer < 1 THEN
    RETURN '!eval';
  END IF;
  text := value::text;
  IF abs(value) < 1000000 OR position('e' IN text) > 0 THEN
    RETURN text;
  END IF;
  whole := split_part(ltrim(text, '-'), '.', 1);
  RETURN CASE WHEN value < 0 THEN '-' ELSE '' END || left(whole, 1) || '.' || substr(whole, 2) || split_part(text, '.', 2)
    || 'e+' || lpad((length(whole) - 1)::text, 2, '0');
END
$function$;

CREATE OR REPLACE FUNCTION {schema}.arithmetic(word text, a text, b text) RETURNS text LANGUAGE plpgsql STABLE AS $function$
DECLARE
  exact numeric;
BEGIN
  IF {schema}.kind(a) <> 'number' THEN
    RETURN '!type';
  END IF;
  exact := CASE word WHEN 'inc' THEN a::numeric + b::numeric ELSE a::numeric * b::numeric END;
  IF position('.' IN a || b) = 0 AND position('e' IN a || b) = 0 THEN
    RETURN CASE WHEN exact BETWEEN -9223372036854775808 AND 9223372036854775807 THEN exact::text ELSE '!overflow' END;
  ELSIF abs(exact) >= 1e308 OR exact <> 0 AND abs(exact) < 1e-300 THEN
    RETURN '!eval'; -- where the server may refuse to round
  END IF;
  RETURN {schema}.float_text(CASE word
    WHEN 'inc' THEN a::double precision + b::double precision
    ELSE a::double precision * b::double precision
  END);
END
$function$;

CREATE OR REPLACE FUNCTION {schema}.bitwise(word text, a text, b text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
BEGIN
  IF {schema}.kind(a) <> 'number' OR position('.' IN a) > 0 OR position('e' IN a) > 0 THEN
    RETURN '!type';
  END IF;
  RETURN CASE word WHEN 'and' THEN a::bigint & b::bigint WHEN 'or' THEN a::bigint | b::bigint ELSE a::bigint # b::bigint END;
END
$function$;
