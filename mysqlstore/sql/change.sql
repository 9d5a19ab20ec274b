-- Applies an update to a session if it is of the common kind and the session is to be changed so as things are. It knows only that: whatever it
-- does not find fit it leaves as it is, and answers 'eval', or 'absent' where there is no session. The client knows why; see update.go.
--
-- The lock on the session's row comes first, so what the statements after it read is what the update before this one has left. p_op names the
-- update. p_seen, unless it is null, are the IDs of the operations that the session must have: then nothing has changed since they were read.
--
-- p_steps are conditions and operations on whole fields, each a letter, the length of the field's name in 5 digits, that of an operand in 10,
-- the name and the operand. Answers 'ok', the metadata, and for each operation whose outcome the client cannot know the length of a text
-- in 10 digits, and the text: what the field is now or, of a take, what it was. No text of a value is empty: the length 0 stands for none.
--
-- What it does to the rest of the session is what driver.Update.Record and driver.Update.SignsIn define.
CREATE PROCEDURE {change}(
  IN p_id BINARY(16), IN p_verifier VARBINARY(32),
  IN p_owner VARBINARY(256),   -- whose session it must be, whatever the verifier ('': nobody's); null: by the verifier
  IN p_now BIGINT, IN p_op VARBINARY(16), IN p_seen VARBINARY(256),
  IN p_max_age BIGINT,         -- null: the update is no use of the session
  IN p_lifetime BIGINT,        -- null: as it is, like all below
  IN p_deadline BIGINT, IN p_renew VARBINARY(32),
  IN p_user VARBINARY(256),    -- '': nobody
  IN p_authenticated BIGINT, IN p_since BIGINT,
  IN p_attrs MEDIUMBLOB,       -- what they become, '': none
  IN p_limit BIGINT, IN p_steps LONGBLOB
)
MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'atomicsession'
BEGIN
  DECLARE v_answer VARBINARY(8) DEFAULT 'ok';
  DECLARE v_verifier, v_previous VARBINARY(32);
  DECLARE v_renewed, v_authenticated, v_created, v_last_used, v_expires, v_lifetime, v_deadline, v_bytes BIGINT;
  DECLARE v_signed_in TINYINT;
  DECLARE v_user, v_ops VARBINARY(256);
  DECLARE v_floor VARBINARY(16);
  DECLARE v_pos BIGINT DEFAULT 1;
  DECLARE v_end, v_name_len, v_len, v_old_len, v_growth BIGINT DEFAULT 0;
  DECLARE v_kind VARBINARY(1);
  DECLARE v_name VARBINARY(3000);
  DECLARE v_operand, v_old, v_new LONGBLOB;
  DECLARE v_number DECIMAL(65, 0);
  DECLARE v_holds, v_writes BOOLEAN;
  DECLARE v_out LONGBLOB DEFAULT '';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  SELECT verifier, previous, renewed, signed_in, username, authenticated, created, last_used, expires, lifetime, deadline, bytes, ops, floor
  INTO v_verifier, v_previous, v_renewed, v_signed_in, v_user, v_authenticated, v_created, v_last_used, v_expires, v_lifetime, v_deadline,
    v_bytes, v_ops, v_floor
  FROM {session} WHERE id = p_id FOR UPDATE;
  IF v_verifier IS NULL THEN
    SET v_answer = 'absent';
  ELSEIF IF(p_owner IS NULL, v_verifier <> p_verifier, COALESCE(v_user, '') <> p_owner) OR v_expires <= p_now
    OR p_op <= v_floor OR LOCATE(SUBSTRING(p_op, 1, 15), v_ops) > 0 OR OCTET_LENGTH(v_ops) % 16 <> 0 OR v_ops <> p_seen
    OR COALESCE(v_authenticated < p_since, p_since IS NOT NULL)
  THEN
    SET v_answer = 'eval';
  END IF;

  SET v_end = OCTET_LENGTH(p_steps);
  WHILE v_answer = 'ok' AND v_pos < v_end DO
    SET v_kind = SUBSTRING(p_steps, v_pos, 1);
    SET v_name_len = CAST(SUBSTRING(p_steps, v_pos + 1, 5) AS UNSIGNED);
    SET v_len = CAST(SUBSTRING(p_steps, v_pos + 6, 10) AS UNSIGNED);
    SET v_name = SUBSTRING(p_steps, v_pos + 16, v_name_len);
    SET v_operand = SUBSTRING(p_steps, v_pos + 16 + v_name_len, v_len);
    SET v_pos = v_pos + 16 + v_name_len + v_len;
    SET v_old = NULL, v_old_len = NULL, v_holds = TRUE, v_writes = TRUE;
    IF v_kind IN ('s', 'u') THEN
      SELECT OCTET_LENGTH(value) INTO v_old_len FROM {field} WHERE session = p_id AND name = v_name;
    ELSE
      SELECT value, OCTET_LENGTH(value) INTO v_old, v_old_len FROM {field} WHERE session = p_id AND name = v_name;
    END IF;

    IF v_kind IN ('i', 'm', '<', '>', '&', '|', '^', 'G', 'g', 'L', 'l') THEN -- the operand is an integer: is the field one?
      SET v_holds = v_old IS NULL
        OR v_old_len <= 20 AND (ASCII(v_old) = 45 OR ASCII(v_old) BETWEEN 48 AND 57) AND LOCATE('.', v_old) = 0 AND LOCATE('e', v_old) = 0;
    END IF;
    IF v_holds THEN
      CASE v_kind
      WHEN 's' THEN SET v_new = v_operand;
      WHEN 'u' THEN SET v_new = NULL;
      WHEN 't' THEN SET v_new = NULL;
      WHEN 'a' THEN SET v_new = COALESCE(v_old, v_operand);
      WHEN 'p' THEN
        SET v_new = IF(v_old IS NULL OR v_old = '[]', v_operand,
          IF(v_operand = '[]', v_old, CONCAT(LEFT(v_old, v_old_len - 1), ',', SUBSTRING(v_operand, 2))));
        SET v_holds = v_new IS NOT NULL AND (v_old IS NULL OR LEFT(v_old, 1) = '[');
      WHEN 'i' THEN
        SET v_number = CAST(COALESCE(v_old, '0') AS DECIMAL(65, 0)) + CAST(v_operand AS DECIMAL(65, 0));
        SET v_new = v_number;
        SET v_holds = v_number BETWEEN -9223372036854775808 AND 9223372036854775807;
      WHEN 'm' THEN
        SET v_number = CAST(COALESCE(v_old, '0') AS DECIMAL(65, 0)) * CAST(v_operand AS DECIMAL(65, 0));
        SET v_new = v_number;
        SET v_holds = v_number BETWEEN -9223372036854775808 AND 9223372036854775807;
      WHEN '<' THEN SET v_new = IF(CAST(v_old AS SIGNED) <= CAST(v_operand AS SIGNED), v_old, v_operand);
      WHEN '>' THEN SET v_new = IF(CAST(v_old AS SIGNED) >= CAST(v_operand AS SIGNED), v_old, v_operand);
      WHEN '&' THEN SET v_new = CAST(CAST(COALESCE(v_old, '0') AS SIGNED) & CAST(v_operand AS SIGNED) AS SIGNED);
      WHEN '|' THEN SET v_new = CAST(CAST(COALESCE(v_old, '0') AS SIGNED) | CAST(v_operand AS SIGNED) AS SIGNED);
      WHEN '^' THEN SET v_new = CAST(CAST(COALESCE(v_old, '0') AS SIGNED) ^ CAST(v_operand AS SIGNED) AS SIGNED);
      ELSE
        SET v_writes = FALSE;
        SET v_holds = COALESCE(CASE v_kind
          WHEN 'E' THEN v_old IS NOT NULL
          WHEN 'N' THEN v_old IS NULL
          WHEN '=' THEN v_old = v_operand
          WHEN 'G' THEN CAST(v_old AS SIGNED) > CAST(v_operand AS SIGNED)
          WHEN 'g' THEN CAST(v_old AS SIGNED) >= CAST(v_operand AS SIGNED)
          WHEN 'L' THEN CAST(v_old AS SIGNED) < CAST(v_operand AS SIGNED)
          WHEN 'l' THEN CAST(v_old AS SIGNED) <= CAST(v_operand AS SIGNED)
        END, FALSE);
      END CASE;
    END IF;

    IF NOT v_holds THEN
      SET v_answer = 'eval';
    ELSEIF v_writes THEN
      IF v_new IS NULL THEN
        IF v_old_len IS NOT NULL THEN
          DELETE FROM {field} WHERE session = p_id AND name = v_name;
        END IF;
      ELSEIF v_old_len IS NULL THEN
        INSERT INTO {field} (session, name, value) VALUES (p_id, v_name, v_new);
      ELSE
        UPDATE {field} SET value = v_new WHERE session = p_id AND name = v_name;
      END IF;
      SET v_growth = v_growth + COALESCE(v_name_len + OCTET_LENGTH(v_new), 0) - COALESCE(v_name_len + v_old_len, 0);
      IF v_kind NOT IN ('s', 'u') THEN
        IF v_kind = 't' THEN
          SET v_new = v_old;
        END IF;
        SET v_out = CONCAT(v_out, LPAD(COALESCE(OCTET_LENGTH(v_new), 0), 10, '0'), COALESCE(v_new, ''));
      END IF;
    END IF;
  END WHILE;

  IF v_answer = 'ok' AND (v_out IS NULL OR v_growth > 0 AND v_bytes + v_growth > p_limit) THEN
    SET v_answer = 'eval';
  END IF;
  IF v_answer <> 'ok' THEN
    ROLLBACK AND NO CHAIN NO RELEASE;
    SELECT v_answer, NULL, NULL, NULL, NULL, NULL, NULL, NULL;
  ELSE
    IF p_renew IS NOT NULL THEN
      SET v_previous = v_verifier, v_verifier = p_renew, v_renewed = p_now;
      SET v_signed_in = v_user IS NULL AND COALESCE(p_user, '') <> '';
    END IF;
    SET v_user = IF(p_user IS NULL, v_user, NULLIF(p_user, ''));
    SET v_authenticated = COALESCE(p_authenticated, IF(p_user = '', NULL, v_authenticated));
    SET v_lifetime = COALESCE(p_lifetime, v_lifetime), v_deadline = COALESCE(p_deadline, v_deadline);
    IF p_max_age IS NOT NULL THEN
      SET v_last_used = GREATEST(v_last_used, p_now);
      SET v_expires = v_last_used + LEAST(v_lifetime, p_max_age);
    END IF;
    SET v_expires = LEAST(v_expires, COALESCE(v_deadline, v_expires));
    IF OCTET_LENGTH(v_ops) >= 256 THEN
      SET v_floor = GREATEST(v_floor, SUBSTRING(v_ops, 1, 16));
      SET v_ops = SUBSTRING(v_ops, 17);
    END IF;
    UPDATE {session} SET
      verifier = v_verifier, previous = v_previous, renewed = v_renewed, signed_in = v_signed_in, username = v_user,
      authenticated = v_authenticated, attrs = IF(p_attrs IS NULL, attrs, NULLIF(p_attrs, '')), last_used = v_last_used, expires = v_expires,
      expires_hour = v_expires DIV 3600000, lifetime = v_lifetime, deadline = v_deadline, bytes = v_bytes + v_growth,
      ops = CONCAT(v_ops, p_op), floor = v_floor
    WHERE id = p_id;
    COMMIT AND NO CHAIN NO RELEASE;
    SELECT v_answer, v_user, v_created, v_last_used, v_expires, v_lifetime, v_deadline, v_out;
  END IF;
END
