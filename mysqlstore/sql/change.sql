-- Applies an update to a session if it is of the common kind and the session is to be changed so as things are. It knows only that:
-- whatever it does not find fit it leaves as it is, and answers 'eval', or 'absent' where there is no session. The client knows why; see
-- update.go.
--
-- The lock on the session's row comes first, so what the statements after it read is what the update before this one has left. p_op names
-- the update. p_seen, unless it is null, are the IDs of the operations that the session must have: then nothing has changed since they were
-- read.
--
-- Steps are conditions and operations on whole fields, each a letter, the name of a field and an operand. The first one has parameters of
-- its own, p_step '' being none. p_more has the others: the letter, the length of the name in 5 digits, that of the operand in 10, the name
-- and the operand.
--
-- It does not look how long old texts are. p_added is the length of the new ones with their names, so the size of the session becomes more
-- than it is; the client counts again before it refuses anything for its size.
--
-- Answers 'ok', the metadata in one text, and for each operation whose outcome the client cannot know the length of a text in 10 digits, and
-- the text: what the field is now or, of a take, what it was. No text of a value is empty: the length 0 stands for none.
--
-- What it does to the rest of the session is what driver.Update.Record and driver.Update.SignsIn define. An assignment meets what those
-- before it have left.
CREATE PROCEDURE {change}(
  IN p_id BINARY(16), IN p_verifier VARBINARY(32), IN p_now BIGINT, IN p_op BINARY(16),
  IN p_max_age BIGINT,         -- null: the update is no use of the session
  IN p_added BIGINT, IN p_limit BIGINT,
  IN p_step VARBINARY(1), IN p_name VARBINARY(3000), IN p_operand LONGBLOB, IN p_more LONGBLOB,
  IN p_owner VARBINARY(256),   -- whose session it must be, whatever the verifier ('': nobody's); null: by the verifier
  IN p_seen VARBINARY(256),
  IN p_lifetime BIGINT,        -- null: as it is, like all below
  IN p_deadline BIGINT, IN p_renew VARBINARY(32),
  IN p_user VARBINARY(256),    -- '': nobody
  IN p_authenticated BIGINT, IN p_since BIGINT,
  IN p_attrs MEDIUMBLOB        -- what they become, '': none
)
MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'atomicsession'
BEGIN
  DECLARE v_meta VARBINARY(400);
  DECLARE v_fits BOOLEAN DEFAULT TRUE;
  DECLARE v_pos, v_name_len, v_len BIGINT DEFAULT 1;
  DECLARE v_old, v_new LONGBLOB;
  DECLARE v_texts LONGBLOB DEFAULT '';
  DECLARE v_number DECIMAL(65, 0);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  UPDATE {session} SET
    previous = IF(p_renew IS NULL, previous, verifier),
    verifier = COALESCE(p_renew, verifier),
    renewed = IF(p_renew IS NULL, renewed, p_now),
    signed_in = IF(p_renew IS NULL, signed_in, username IS NULL AND COALESCE(p_user, '') <> ''),
    username = IF(p_user IS NULL, username, NULLIF(p_user, '')),
    authenticated = COALESCE(p_authenticated, IF(p_user = '', NULL, authenticated)),
    attrs = IF(p_attrs IS NULL, attrs, NULLIF(p_attrs, '')),
    lifetime = COALESCE(p_lifetime, lifetime),
    deadline = COALESCE(p_deadline, deadline),
    {used},
    {remember},
    bytes = bytes + p_added
  WHERE id = p_id AND IF(p_owner IS NULL, verifier = p_verifier, COALESCE(username, '') = p_owner) AND {fresh}
    AND (p_seen IS NULL OR ops = p_seen) AND COALESCE(authenticated >= p_since, p_since IS NULL);
  IF ROW_COUNT() <> 1 THEN
    ROLLBACK AND NO CHAIN NO RELEASE;
    {refuse};
  ELSE
    WHILE p_step <> '' DO
      IF p_step = 's' THEN
        INSERT INTO {field} (session, name, value) VALUES (p_id, p_name, p_operand) ON DUPLICATE KEY UPDATE value = p_operand;
      ELSEIF p_step = 'u' THEN
        DELETE FROM {field} WHERE session = p_id AND name = p_name;
      ELSE
        SET v_old = NULL, v_number = NULL;
        SELECT value INTO v_old FROM {field} WHERE session = p_id AND name = p_name;
        SET v_new = v_old;
        IF p_step IN ('i', 'm', '<', '>', '&', '|', '^', 'G', 'g', 'L', 'l') THEN -- the operand is an integer: is the field one?
          IF v_old IS NULL OR OCTET_LENGTH(v_old) <= 20 AND (ASCII(v_old) = 45 OR ASCII(v_old) BETWEEN 48 AND 57)
            AND LOCATE('.', v_old) = 0 AND LOCATE('e', v_old) = 0
          THEN
            CASE p_step
            WHEN 'i' THEN SET v_number = CAST(COALESCE(v_old, '0') AS DECIMAL(65, 0)) + CAST(p_operand AS DECIMAL(65, 0));
            WHEN 'm' THEN SET v_number = CAST(COALESCE(v_old, '0') AS DECIMAL(65, 0)) * CAST(p_operand AS DECIMAL(65, 0));
            WHEN '<' THEN SET v_number = LEAST(CAST(COALESCE(v_old, p_operand) AS SIGNED), CAST(p_operand AS SIGNED));
            WHEN '>' THEN SET v_number = GREATEST(CAST(COALESCE(v_old, p_operand) AS SIGNED), CAST(p_operand AS SIGNED));
            WHEN '&' THEN SET v_number = CAST(CAST(COALESCE(v_old, '0') AS SIGNED) & CAST(p_operand AS SIGNED) AS SIGNED);
            WHEN '|' THEN SET v_number = CAST(CAST(COALESCE(v_old, '0') AS SIGNED) | CAST(p_operand AS SIGNED) AS SIGNED);
            WHEN '^' THEN SET v_number = CAST(CAST(COALESCE(v_old, '0') AS SIGNED) ^ CAST(p_operand AS SIGNED) AS SIGNED);
            WHEN 'G' THEN SET v_fits = COALESCE(CAST(v_old AS SIGNED) > CAST(p_operand AS SIGNED), FALSE);
            WHEN 'g' THEN SET v_fits = COALESCE(CAST(v_old AS SIGNED) >= CAST(p_operand AS SIGNED), FALSE);
            WHEN 'L' THEN SET v_fits = COALESCE(CAST(v_old AS SIGNED) < CAST(p_operand AS SIGNED), FALSE);
            ELSE SET v_fits = COALESCE(CAST(v_old AS SIGNED) <= CAST(p_operand AS SIGNED), FALSE);
            END CASE;
            SET v_new = COALESCE(v_number, v_old);
            SET v_fits = v_fits AND COALESCE(v_number BETWEEN -9223372036854775808 AND 9223372036854775807, TRUE);
          ELSE
            SET v_fits = FALSE;
          END IF;
        ELSE
          CASE p_step
          WHEN 'p' THEN
            SET v_new = IF(COALESCE(v_old, '[]') = '[]', p_operand,
              IF(p_operand = '[]', v_old, CONCAT(LEFT(v_old, OCTET_LENGTH(v_old) - 1), ',', SUBSTRING(p_operand, 2))));
            SET v_fits = v_new IS NOT NULL AND LEFT(COALESCE(v_old, '['), 1) = '[';
          WHEN 'a' THEN SET v_new = COALESCE(v_old, p_operand);
          WHEN 't' THEN SET v_new = NULL;
          WHEN 'E' THEN SET v_fits = v_old IS NOT NULL;
          WHEN 'N' THEN SET v_fits = v_old IS NULL;
          ELSE SET v_fits = COALESCE(v_old = p_operand, FALSE);
          END CASE;
        END IF;
        IF NOT v_fits THEN
          SET p_more = '';
        ELSEIF p_step = 't' THEN
          DELETE FROM {field} WHERE session = p_id AND name = p_name;
          SET v_texts = CONCAT(v_texts, LPAD(COALESCE(OCTET_LENGTH(v_old), 0), 10, '0'), COALESCE(v_old, ''));
        ELSEIF p_step NOT IN ('E', 'N', '=', 'G', 'g', 'L', 'l') THEN
          IF v_old IS NULL THEN
            INSERT INTO {field} (session, name, value) VALUES (p_id, p_name, v_new);
          ELSEIF v_new <> v_old THEN
            UPDATE {field} SET value = v_new WHERE session = p_id AND name = p_name;
          END IF;
          SET v_texts = CONCAT(v_texts, LPAD(OCTET_LENGTH(v_new), 10, '0'), v_new);
        END IF;
      END IF;

      IF p_more = '' THEN
        SET p_step = '';
      ELSE
        SET p_step = SUBSTRING(p_more, v_pos, 1);
        IF p_step = '' THEN
          SET p_more = '';
        ELSE
          SET v_name_len = CAST(SUBSTRING(p_more, v_pos + 1, 5) AS UNSIGNED), v_len = CAST(SUBSTRING(p_more, v_pos + 6, 10) AS UNSIGNED);
          SET p_name = SUBSTRING(p_more, v_pos + 16, v_name_len), p_operand = SUBSTRING(p_more, v_pos + 16 + v_name_len, v_len);
          SET v_pos = v_pos + 16 + v_name_len + v_len;
        END IF;
      END IF;
    END WHILE;

    IF v_fits AND v_texts IS NOT NULL THEN -- null where it would be more than max_allowed_packet
      SELECT {meta} INTO v_meta FROM {session} WHERE id = p_id FOR UPDATE;
      COMMIT AND NO CHAIN NO RELEASE;
      SELECT 'ok', v_meta, v_texts;
    ELSE
      ROLLBACK AND NO CHAIN NO RELEASE;
      SELECT 'eval', NULL, NULL;
    END IF;
  END IF;
END
