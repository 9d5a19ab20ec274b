  IF ROW_COUNT() <> 1 THEN
    ROLLBACK AND NO CHAIN NO RELEASE;
    SELECT IF(EXISTS (SELECT 1 FROM {session} WHERE id = p_id), 'eval', 'absent'), NULL, NULL, NULL, NULL, NULL, NULL, NULL;
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
      SELECT 'ok', username, created, last_used, expires, lifetime, deadline, v_texts FROM {session} WHERE id = p_id;
      COMMIT AND NO CHAIN NO RELEASE;
    ELSE
      ROLLBACK AND NO CHAIN NO RELEASE;
      SELECT 'eval', NULL, NULL, NULL, NULL, NULL, NULL, NULL;
    END IF;
  END IF;
END
