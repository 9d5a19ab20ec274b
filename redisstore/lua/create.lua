-- Stores a new session.
--
-- KEYS[1]  the session's hash
-- ARGV     when it expires, operation id, then fields and texts

-- include clock

local call, key = redis.call, KEYS[1]
if call('EXISTS', key) == 1 then
  return 'exists'
end
call('HSET', key, '$ops', clock('0') .. ' ' .. ARGV[2])
for at = 3, #ARGV, 1000 do -- unpack has a limit
  call('HSET', key, unpack(ARGV, at, math.min(at + 999, #ARGV)))
end
call('PEXPIREAT', key, string.format('%.0f', math.ceil(ARGV[1] / GRID_MS) * GRID_MS + GRACE_MS))
return 'ok'
