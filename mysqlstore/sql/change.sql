-- Applies an update to a session if it is of the common kind and the session is to be changed so as things are. It knows only that: whatever it
-- does not find fit it leaves as it is, and answers 'eval', or 'absent' where there is no session. The client knows why; see update.go.
--
-- The lock on the session's row comes first, so what the statements after it read is what the update before this one has left. p_op names the
-- update. p_seen, unless it is null, are the IDs of the operations that the session must have: then nothing has changed since they were read.
--
-- Steps are conditions and operations on whole fields, each a letter, the name of a field and an operand. The first one has parameters of its own,
-- p_step '' being none. p_more has the others: the letter, the length of the name in 5 digits, that of the operand in 10, the name and the
-- operand.
--
-- It does not look how long old texts are. p_added is the length of the new ones with their names, so the size of the session becomes more
-- than it is; the client counts again before it refuses anything for its size.
--
-- Answers 'ok', the metadata, and for each operation whose outcome the client cannot know the length of a text in 10 digits, and the text: what
-- the field is now or, of a take, what it was. No text of a value is empty: the length 0 stands for none. The answer is sent before the
-- commit: whoever reads it reads on to the end, where the commit may have failed.
--
-- What it does to the rest of the session is what driver.Update.Record and driver.Update.SignsIn define. An assignment meets what those before it
-- have left.
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
{begin}
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
    last_used = IF(p_max_age IS NULL, last_used, GREATEST(last_used, p_now)),
    expires = LEAST(IF(p_max_age IS NULL, expires, last_used + LEAST(lifetime, p_max_age)), COALESCE(deadline, 9223372036854775807)),
    expires_hour = expires DIV 3600000,
    {remember},
    bytes = bytes + p_added
  WHERE id = p_id AND IF(p_owner IS NULL, verifier = p_verifier, COALESCE(username, '') = p_owner) AND {fresh}
    AND (p_seen IS NULL OR ops = p_seen) AND COALESCE(authenticated >= p_since, p_since IS NULL);
{steps}
