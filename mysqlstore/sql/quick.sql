-- Is change_v1 for updates that change no more of the session itself than when it was used.
--
-- What it gains: see BenchmarkUpdate.
CREATE PROCEDURE {quick}(
  IN p_id BINARY(16), IN p_verifier BINARY(32), IN p_now BIGINT, IN p_op BINARY(16), IN p_max_age BIGINT, IN p_added BIGINT, IN p_limit BIGINT,
  IN p_step VARBINARY(1), IN p_name VARBINARY(3000), IN p_operand LONGBLOB, IN p_more LONGBLOB
)
MODIFIES SQL DATA SQL SECURITY INVOKER COMMENT 'atomicsession'
BEGIN
{begin}
  UPDATE {session} SET
    last_used = IF(p_max_age IS NULL, last_used, GREATEST(last_used, p_now)),
    expires = IF(p_max_age IS NULL, expires, LEAST(last_used + LEAST(lifetime, p_max_age), COALESCE(deadline, 9223372036854775807))),
    expires_hour = expires DIV 3600000,
    {remember},
    bytes = bytes + p_added
  WHERE id = p_id AND verifier = p_verifier AND {fresh};
{steps}
