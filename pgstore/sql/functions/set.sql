-- Sets fields, or removes those whose text is null, whatever they hold: an update of the simplest kind, done with the fewest
-- statements. What it does not find fit to be done so it leaves to update_v1, which also knows why.
--
-- It does not look how long the old texts are. p_added is the length of the new ones with their names, so the size of the session
-- becomes more than it is; update_v1 counts again before it refuses anything for its size.
CREATE OR REPLACE FUNCTION {schema}.set_v1(
  p_id bytea, p_verifier bytea, p_now bigint, p_recent bigint, p_op bytea, p_retry boolean, p_expires bigint, p_renew bytea, p_user text,
  p_limit bigint, p_names text[], p_kinds text, p_values text[], p_added bigint
) RETURNS text[] LANGUAGE plpgsql AS $function$
DECLARE
  answer text[];
BEGIN
  UPDATE {schema}.session SET
    verifier = coalesce(p_renew, verifier),
    previous = CASE WHEN p_renew IS NULL THEN previous ELSE verifier END,
    renewed = CASE WHEN p_renew IS NULL THEN renewed ELSE p_now END,
    username = CASE WHEN p_user IS NULL THEN username ELSE nullif(p_user, '') END,
    used = greatest(used, p_now),
    expires = CASE WHEN p_expires IS NULL THEN expires ELSE greatest(expires, least(p_expires, deadline)) END,
    size = size + p_added,
    ops = CASE WHEN octet_length(ops) < 16 * 16 THEN ops ELSE substr(ops, 17) END || p_op,
    floor = CASE WHEN octet_length(ops) < 16 * 16 THEN floor ELSE greatest(floor, substr(ops, 1, 16)) END
  WHERE id = p_id AND verifier = p_verifier AND expires > p_now AND size + p_added <= p_limit
    AND floor < p_op AND position(substr(p_op, 1, 15) IN ops) = 0
  RETURNING ARRAY['ok', username, concat_ws(' ', created, used, expires, deadline)] INTO answer;
  IF NOT FOUND THEN
    RETURN {schema}.update_v1(p_id, p_verifier, p_now, p_recent, p_op, p_retry, p_expires, p_renew, p_user, p_limit,
      p_names, p_kinds, p_values, '{}');
  END IF;
  FOR i IN 1 .. cardinality(p_names) LOOP
    IF p_values[i] IS NULL THEN
      DELETE FROM {schema}.field f WHERE f.session = p_id AND f.name = p_names[i];
    ELSE
      UPDATE {schema}.field f SET value = p_values[i] WHERE f.session = p_id AND f.name = p_names[i];
      IF NOT FOUND THEN
        INSERT INTO {schema}.field (session, name, value) VALUES (p_id, p_names[i], p_values[i]);
      END IF;
    END IF;
  END LOOP;
  RETURN answer;
END
$function$;
