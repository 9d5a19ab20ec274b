-- Creates a session with its fields, which come as steps of change.sql do. Answers whether it has: the ID may be taken.
CREATE PROCEDURE {create}(
  IN p_id BINARY(16), IN p_verifier BINARY(32), IN p_user VARBINARY(256), IN p_authenticated BIGINT, IN p_attrs MEDIUMBLOB,
  IN p_created BIGINT, IN p_last_used BIGINT, IN p_expires BIGINT, IN p_lifetime BIGINT, IN p_deadline BIGINT, IN p_bytes BIGINT,
  IN p_op VARBINARY(16), IN p_fields LONGBLOB
)
MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'atomicsession'
BEGIN
  DECLARE v_pos, v_name, v_value BIGINT DEFAULT 1;
  DECLARE EXIT HANDLER FOR 1062 BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    SELECT 0;
  END;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;
  SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  START TRANSACTION;
  INSERT INTO {session} (
    id, verifier, signed_in, username, authenticated, attrs, created, last_used, expires, expires_hour, lifetime, deadline, bytes, ops, floor
  ) VALUES (
    p_id, p_verifier, 0, p_user, p_authenticated, p_attrs, p_created, p_last_used, p_expires, p_expires DIV 3600000, p_lifetime, p_deadline,
    p_bytes, p_op, ''
  );
  WHILE v_pos <= OCTET_LENGTH(p_fields) DO
    SET v_name = CAST(SUBSTRING(p_fields, v_pos + 1, 5) AS UNSIGNED);
    SET v_value = CAST(SUBSTRING(p_fields, v_pos + 6, 10) AS UNSIGNED);
    INSERT INTO {field} (session, name, value)
    VALUES (p_id, SUBSTRING(p_fields, v_pos + 16, v_name), SUBSTRING(p_fields, v_pos + 16 + v_name, v_value));
    SET v_pos = v_pos + 16 + v_name + v_value;
  END WHILE;
  COMMIT AND NO CHAIN NO RELEASE;
  SELECT 1;
END
