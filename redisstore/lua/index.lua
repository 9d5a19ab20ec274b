-- Enters a session into its user's index, and drops the entries of sessions that have expired since.
--
-- KEYS[1]  the user's sorted set
-- ARGV     session, and until when it is certain to have expired unless it is entered again

-- include clock

local call, key, session, till = redis.call, KEYS[1], ARGV[1], ARGV[2]
local now = tonumber(clock('0'))
local score = call('ZSCORE', key, session)
if not score or tonumber(score) < tonumber(till) then
  call('ZADD', key, till, session)
end
call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%.0f', now - GRACE_MS))
local left = call('PTTL', key)
if left < 0 or now + left < tonumber(till) + GRACE_MS then
  call('PEXPIREAT', key, string.format('%.0f', till + GRACE_MS))
end
return 'ok'
