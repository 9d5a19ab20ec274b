-- Is change_v1 for the simplest updates, with the fewest statements and variables: those which change no more of the session itself than
-- when it was used, and have one step at most, a set or an inc. What it gains: see BenchmarkUpdate.
CREATE PROCEDURE {quick}(
  IN p_id BINARY(16), IN p_verifier BINARY(32), IN p_now BIGINT, IN p_op BINARY(16), IN p_max_age BIGINT, IN p_added BIGINT, IN p_limit BIGINT,
  IN p_step VARBINARY(1), IN p_name VARBINARY(3000), IN p_operand LONGBLOB
)
MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'atomicsession'
BEGIN
  DECLARE v_meta VARBINARY(400);
  DECLARE v_texts LONGBLOB;
  DECLARE EXIT HANDLER FOR 1062, 1292, 1366 BEGIN -- the field is no integer
    ROLLBACK AND NO CHAIN NO RELEASE;
    SELECT 'eval', NULL, NULL;
  END;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  UPDATE {session} SET
    {used},
    {remember},
    bytes = bytes + p_added
  WHERE id = p_id AND verifier = p_verifier AND {fresh};
  IF ROW_COUNT() <> 1 THEN
    ROLLBACK AND NO CHAIN NO RELEASE;
    {refuse};
  ELSEIF p_step = 'i' THEN
    UPDATE {field} SET value = CAST(value AS DECIMAL(65, 0)) + CAST(p_operand AS DECIMAL(65, 0))
    WHERE session = p_id AND name = p_name AND OCTET_LENGTH(value) <= 20 AND (ASCII(value) = 45 OR ASCII(value) BETWEEN 48 AND 57)
      AND LOCATE('.', value) = 0 AND LOCATE('e', value) = 0
      AND CAST(value AS DECIMAL(65, 0)) + CAST(p_operand AS DECIMAL(65, 0)) BETWEEN -9223372036854775808 AND 9223372036854775807;
    IF ROW_COUNT() <> 1 THEN
      INSERT INTO {field} (session, name, value) VALUES (p_id, p_name, p_operand);
    END IF;
    SELECT {meta}, CONCAT(LPAD(OCTET_LENGTH(value), 10, '0'), value) INTO v_meta, v_texts
    FROM {session} JOIN {field} ON session = id WHERE id = p_id AND name = p_name FOR UPDATE;
    COMMIT AND NO CHAIN NO RELEASE;
    SELECT 'ok', v_meta, v_texts;
  ELSE
    IF p_step = 's' THEN
      INSERT INTO {field} (session, name, value) VALUES (p_id, p_name, p_operand) ON DUPLICATE KEY UPDATE value = p_operand;
    END IF;
    SELECT {meta} INTO v_meta FROM {session} WHERE id = p_id FOR UPDATE;
    COMMIT AND NO CHAIN NO RELEASE;
    SELECT 'ok', v_meta, NULL;
  END IF;
END
