-- Deletes a live session, known by its verifier or by its user.
--
-- KEYS[1]  the session's hash
-- ARGV     now, '$verifier' or '$user', what it must be, '1' if this is not the first try, '1' to delete it expired too

-- include guard

local call, key = redis.call, KEYS[1]
local record = call('HMGET', key, ARGV[2], '$expires', '$user', '$verifier')
if not record[4] then
  if call('EXISTS', key) == 1 then
    return 'corrupt'
  elseif ARGV[4] == '' then
    return 'absent'
  end
  call('HSET', key, '$verifier', '') -- a write, so that WAIT has something to wait for
  call('DEL', key)
  return 'gone'
end
if record[1] == ARGV[3] and not tonumber(record[2]) then
  return 'corrupt'
end
local live = (tonumber(record[2]) or 0) > tonumber(ARGV[1])
if not live and ARGV[5] == '' then
  return 'absent'
elseif record[1] ~= ARGV[3] then
  return ARGV[2] == '$verifier' and stranger(key, ARGV[3], ARGV[1]) or 'absent'
end
call('DEL', key)
return (live and 'ok\0' or 'expired\0') .. (record[3] or '')
