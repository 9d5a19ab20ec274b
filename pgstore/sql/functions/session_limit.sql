-- The name of the sessions of which one with this ID and these attributes is one: driver.AttrOriginal.
CREATE OR REPLACE FUNCTION {schema}.original(id bytea, attrs jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT coalesce(attrs ->> 'original', translate(encode(id, 'base64'), '+/=', '-_'))
$function$;

-- Waits until no other limited update about sessions of the user is under way. If sessions may have to end, it also locks all that are the
-- user's and the one with the ID, in the order in which all do that lock several, and returns their IDs. What counts them afterwards, with a
-- snapshot of its own, sees what the update before has left. It is not a row that makes them wait, as the user may have none yet.
CREATE OR REPLACE FUNCTION {schema}.lock_user(p_user text, p_id bytea, p_end boolean) RETURNS bytea[] LANGUAGE plpgsql AS $function$
DECLARE
  locked bytea[];
BEGIN
  PERFORM pg_advisory_xact_lock(v.tableoid::integer, hashtext(p_user)) FROM {schema}.version v;
  IF p_end THEN
    locked := ARRAY(SELECT s.id FROM {schema}.session s WHERE s.id = p_id OR s.username = p_user ORDER BY s.id FOR UPDATE);
  END IF;
  RETURN locked;
END
$function$;

-- Makes room for one more session of the user as driver.SessionLimit says, and reports whether there is. A session that has become the
-- user's without a limit since p_locked were locked counts as one that did so afterwards: to wait for it now would be out of order.
CREATE OR REPLACE FUNCTION {schema}.make_room(
  p_user text, p_id bytea, p_original text, p_now bigint, p_max integer, p_end boolean, p_except bytea, p_locked bytea[]
) RETURNS boolean LANGUAGE plpgsql AS $function$
DECLARE
  excess bytea[];
BEGIN
  SELECT array_agg(id) INTO excess
  FROM (
    SELECT array_agg(s.id) AS ids, row_number() OVER (ORDER BY max(s.last_used) DESC, o.name COLLATE "C" DESC) AS n
    FROM {schema}.session s, LATERAL {schema}.original(s.id, s.attrs) AS o (name)
    WHERE s.username = p_user AND s.expires > p_now AND s.id <> p_id AND s.id IS DISTINCT FROM p_except
      AND (s.id = ANY (p_locked) OR NOT p_end)
      AND o.name NOT IN (p_original, coalesce({schema}.original(p_except, NULL), p_original))
    GROUP BY o.name
  ) g, unnest(g.ids) AS id
  WHERE g.n >= p_max;
  IF excess IS NOT NULL AND p_end THEN
    DELETE FROM {schema}.session WHERE id = ANY (excess) AND username = p_user;
  END IF;
  RETURN excess IS NULL OR p_end;
END
$function$;
