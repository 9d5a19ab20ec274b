-- What a step makes of a value; null for none, both ways. What begins with '!' is a refusal.
CREATE OR REPLACE FUNCTION {schema}.change(word text, old text, a text, b text, c text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $function$
DECLARE
  sign integer;
BEGIN
  CASE word
  WHEN 'set' THEN
    RETURN a;
  WHEN 'unset', 'take' THEN
    RETURN NULL;
  WHEN 'setIfAbsent' THEN
    RETURN coalesce(old, a);
  WHEN 'inc', 'mul' THEN
    RETURN {schema}.arithmetic(word, coalesce(old, '0'), a);
  WHEN 'bit' THEN
    RETURN {schema}.bitwise(b, coalesce(old, '0'), a);
  WHEN 'min', 'max' THEN
    sign := {schema}.compare(a, coalesce(old, a));
    RETURN CASE WHEN sign IS NULL THEN '!eval' WHEN old IS NULL OR sign = CASE word WHEN 'min' THEN -1 ELSE 1 END THEN a ELSE old END;
  ELSE
    IF old IS NULL AND word IN ('pop', 'pull', 'pullAll', 'pullThose') THEN
      RETURN NULL;
    ELSIF old IS NULL AND word = 'elements' THEN
      RETURN '!eval'; -- an error
    END IF;
    RETURN {schema}.change_array(word, coalesce(old, '[]'), a, b, c);
  END CASE;
END
$function$;

-- Applies one update to one session, or nothing of it: everything is checked and computed before the first write. The lock on the
-- session's row comes first, so what the statements after it read is what the update before this one has left.
--
-- p_op names the update: the client's time, a random number, and a zero byte. An update is applied if its ID is greater than all
-- that the session has forgotten and not among those it remembers. So it is applied once at most, however often and however late
-- its command arrives. p_retry says that this is not the first try: one that is refused leaves its ID with the last byte 1, so that
-- what was answered stays true when the first try arrives after all.
--
-- p_names are the top-level fields that matter, with a letter for each in p_kinds: 's' is set to the text in p_values (null: removed),
-- 'b' is set and also read, 'w' is changed by steps, 'r' is only read. p_steps has six texts for each condition and operation: a word,
-- the number of the field, the path inside it, and three operands. What steps hold other conditions and operations is in nested.sql.
--
-- Answers {'ok', the metadata as meta.go has it, the new texts of the fields 'w', what was taken} or {why not, ...}. To the repetition
-- of an update that was applied it answers the same but for what was taken, with 'last' for 'ok', if no other has come after it. Else
-- neither the metadata nor the fields are what it has left, and it answers {'earlier'}.
--
-- Here and in quick.sql names are looked up in pg_catalog alone, and so are those of the functions that are called from here: what
-- others have put into a schema of the caller's search_path is not called with the caller's rights.
CREATE OR REPLACE FUNCTION {schema}.update_v6(
  p_id bytea, p_verifier bytea, p_now bigint,
  p_recent bigint,   -- a renewal after this time is still remembered
  p_op bytea, p_retry boolean,
  p_max_age bigint,  -- null: the update is no use of the session
  p_renew bytea,     -- the new verifier, or null
  p_user text,       -- '': nobody; null: as it is
  p_limit bigint,
  p_names text[], p_kinds text[], p_values text[], p_steps text[],
  p_lifetime bigint, -- null: as it is
  p_deadline bigint, -- null: as it is
  p_authenticated bigint DEFAULT NULL, -- null: as it is, but for a session that becomes nobody's
  p_attrs jsonb DEFAULT NULL,          -- attributes to set and, with null, to remove
  p_since bigint DEFAULT NULL,         -- refused unless the session was authenticated then or later
  p_owner text DEFAULT NULL,           -- whose session it must be, whatever the verifier ('': nobody's); null: by the verifier
  p_sessions integer DEFAULT NULL,     -- how many the user may have, null: any number; and of these
  p_end boolean DEFAULT NULL,          -- whether others end to make room
  p_except bytea DEFAULT NULL          -- which one does not count, or null
) RETURNS text[] LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
  s {schema}.session;
  locked bytea[]; -- IDs
  answer text[];
  seen integer;
  fields integer := cardinality(p_names);
  sizes integer[];
  olds text[];
  news text[] := p_values;
  size integer;
  old text;
  new text;
  word text;
  field integer;
  target integer;
  path text;
  holds boolean;
  taken text[] := '{}';
  growth bigint := 0;
BEGIN
  IF p_sessions IS NOT NULL THEN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      RETURN ARRAY['isolation']; -- which would count what was there before it had to wait
    END IF;
    locked := {schema}.lock_user(p_user, p_id, p_end);
  END IF;
  SELECT * INTO s FROM {schema}.session WHERE id = p_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RETURN ARRAY[CASE WHEN p_retry THEN 'unknown' ELSE 'absent' END];
  ELSIF octet_length(s.ops) % 16 <> 0 THEN
    RETURN ARRAY[CASE WHEN p_retry THEN 'unknown' ELSE 'ops' END];
  END IF;

  seen := position(substr(p_op, 1, 15) IN s.ops);
  IF seen > 0 AND get_byte(s.ops, seen + 14) = 1 THEN
    RETURN ARRAY['refused'];
  ELSIF seen > 0 AND seen < octet_length(s.ops) - 15 THEN
    RETURN ARRAY['earlier'];
  ELSIF seen > 0 THEN
    SELECT ARRAY['last', {meta}] INTO answer FROM {schema}.session WHERE id = p_id;
    FOR i IN 1 .. fields LOOP
      IF p_kinds[i] = 'w' THEN
        answer := answer || (SELECT f.value FROM {schema}.field f WHERE f.session = p_id AND f.name = p_names[i]);
      END IF;
    END LOOP;
    RETURN answer;
  ELSIF p_op <= s.floor THEN
    RETURN ARRAY[CASE WHEN p_retry THEN 'unknown' ELSE 'late' END, encode(s.floor, 'hex')];
  END IF;

  <<work>>
  BEGIN
    IF p_owner IS NOT NULL THEN
      p_verifier := CASE WHEN p_owner = coalesce(s.username, '') THEN s.verifier ELSE '' END;
    END IF;
    IF s.verifier <> p_verifier OR s.expires <= p_now THEN
      answer := ARRAY[CASE
        WHEN s.expires <= p_now OR s.previous IS DISTINCT FROM p_verifier THEN 'absent'
        WHEN s.renewed > p_recent THEN 'renewed'
        ELSE 'replayed'
      END];
      EXIT work;
    ELSIF coalesce(s.authenticated < p_since, p_since IS NOT NULL) THEN
      answer := ARRAY['reauthenticate'];
      EXIT work;
    ELSIF p_attrs IS NOT NULL AND jsonb_typeof(s.attrs) <> 'object' THEN
      answer := ARRAY['attrs'];
      EXIT work;
    END IF;

    FOR i IN 1 .. fields LOOP
      SELECT octet_length(f.value), CASE WHEN p_kinds[i] <> 's' THEN f.value END INTO size, old
      FROM {schema}.field f WHERE f.session = p_id AND f.name = p_names[i];
      sizes[i] := size;
      olds[i] := old;
      IF p_kinds[i] = 'w' THEN
        news[i] := old;
      END IF;
    END LOOP;

    FOR i IN 1 .. cardinality(p_steps) BY 6 LOOP
      word := p_steps[i];
      field := p_steps[i + 1];
      path := p_steps[i + 2];
      IF word = 'same' THEN -- the exact text, '' for none
        IF coalesce(olds[field], '') <> p_steps[i + 3] THEN
          answer := ARRAY['changed'];
          EXIT work;
        END IF;
        CONTINUE;
      ELSIF word IN ('exists', 'equals', 'gt', 'gte', 'lt', 'lte', 'meets') THEN
        IF word = 'meets' THEN
          holds := {schema}.meets(olds, p_steps[i + 3]::json, false, false);
        ELSE
          old := {schema}.lookup(olds[field], path);
          holds := CASE old WHEN '!eval' THEN NULL ELSE {schema}.holds(word, nullif(old, '!path'), p_steps[i + 3]) END;
        END IF;
        IF holds THEN
          CONTINUE;
        END IF;
        answer := CASE WHEN NOT holds THEN ARRAY['condition', (i / 6 + 1)::text] ELSE ARRAY['eval'] END;
        EXIT work;
      END IF;

      old := CASE path WHEN '' THEN news[field] ELSE {schema}.lookup(news[field], path) END;
      IF old = '!path' AND word IN ('unset', 'take') THEN
        old := NULL;
      END IF;
      IF left(old, 1) = '!' THEN
        new := old;
      ELSIF word = 'rename' THEN
        new := NULL;
        IF old IS NOT NULL THEN
          target := p_steps[i + 3];
          new := {schema}.lookup(news[target], p_steps[i + 4]);
          IF length(old) - length(translate(old, '[{', '')) > p_steps[i + 5]::integer THEN
            new := '!eval'; -- perhaps nested too deeply there
          ELSIF new IS NULL OR left(new, 1) <> '!' THEN
            news[target] := {schema}.put(news[target], string_to_array(p_steps[i + 4], '.'), old);
            new := NULL;
          END IF;
        END IF;
      ELSE
        new := {schema}.change(word, old, p_steps[i + 3], p_steps[i + 4], p_steps[i + 5]);
        IF word = 'take' THEN
          taken := taken || old;
        END IF;
      END IF;
      IF left(new, 1) = '!' THEN
        answer := CASE new WHEN '!eval' THEN ARRAY['eval'] ELSE ARRAY[substr(new, 2), (i / 6 + 1)::text, {schema}.kind(old)] END;
        EXIT work;
      ELSIF path = '' THEN
        news[field] := new;
      ELSIF new IS DISTINCT FROM old THEN
        news[field] := {schema}.put(news[field], string_to_array(path, '.'), new);
      END IF;
    END LOOP;

    FOR i IN 1 .. fields LOOP
      CONTINUE WHEN p_kinds[i] = 'r';
      growth := growth
        + coalesce(octet_length(p_names[i]) + octet_length(news[i]), 0) - coalesce(octet_length(p_names[i]) + sizes[i], 0);
    END LOOP;
    IF growth > 0 AND s.bytes + growth > p_limit THEN
      SELECT coalesce(sum(octet_length(f.name) + octet_length(f.value)), 0) INTO s.bytes FROM {schema}.field f WHERE f.session = p_id;
      IF s.bytes + growth > p_limit THEN
        answer := ARRAY['large'];
        EXIT work;
      END IF;
    END IF;

    IF p_sessions IS NOT NULL AND NOT {schema}.make_room(p_user, p_id,
      {schema}.original(p_id, coalesce(s.attrs, '{}') || coalesce(p_attrs, '{}')), p_now, p_sessions, p_end, p_except,
      locked)
    THEN
      answer := ARRAY['sessions'];
    END IF;
  END;

  IF answer IS NOT NULL AND NOT p_retry THEN
    RETURN answer;
  END IF;
  IF answer IS NOT NULL THEN
    p_op := set_byte(p_op, 15, 1);
    UPDATE {schema}.session SET {remember} WHERE id = p_id;
    RETURN answer;
  END IF;

  FOR i IN 1 .. fields LOOP
    CONTINUE WHEN p_kinds[i] = 'r';
    IF news[i] IS NULL THEN
      IF sizes[i] IS NOT NULL THEN
        DELETE FROM {schema}.field f WHERE f.session = p_id AND f.name = p_names[i];
      END IF;
    ELSIF sizes[i] IS NULL THEN
      INSERT INTO {schema}.field (session, name, value) VALUES (p_id, p_names[i], news[i]);
    ELSIF p_kinds[i] = 's' OR news[i] <> olds[i] THEN
      UPDATE {schema}.field f SET value = news[i] WHERE f.session = p_id AND f.name = p_names[i];
    END IF;
  END LOOP;
  UPDATE {schema}.session SET
    {changes},
    {remember},
    attrs = CASE WHEN p_attrs IS NULL THEN attrs ELSE nullif(jsonb_strip_nulls(coalesce(attrs, '{}') || p_attrs), '{}') END,
    bytes = s.bytes + growth
  WHERE id = p_id
  RETURNING ARRAY['ok', {meta}] INTO answer;
  FOR i IN 1 .. fields LOOP
    IF p_kinds[i] = 'w' THEN
      answer := answer || news[i];
    END IF;
  END LOOP;
  RETURN answer || taken;
END
$function$;
