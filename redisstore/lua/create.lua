-- Stores a new session.
--
-- KEYS[1]  the session's hash
-- ARGV     when the server is to drop it, operation id, then fields and texts

local call, key = redis.call, KEYS[1]
if call('EXISTS', key) == 1 then
  return {'exists'}
end
local time = call('TIME')
call('HSET', key, '$ops', ARGV[2] .. ':' .. string.format('%010d%03d', time[1], time[2] / 1000) .. ' ')
for at = 3, #ARGV, 1000 do -- unpack has a limit
  call('HSET', key, unpack(ARGV, at, math.min(at + 999, #ARGV)))
end
call('PEXPIREAT', key, ARGV[1])
return {'ok'}
