-- Deletes a live session, known by its verifier or by its user. One with another verifier lives on, whatever it had before.
--
-- KEYS[1]  the session's hash
-- ARGV     now, '$verifier' or '$user', what it must be, '1' if this is not the first try, '1' to delete it expired too

local call, key = redis.call, KEYS[1]
local more = '$user'
-- include record
if not verifier and call('EXISTS', key) == 0 then
  if ARGV[4] == '' then
    return 'absent'
  end
  call('HSET', key, '$verifier', '') -- a write, so that WAIT has something to wait for
  call('DEL', key)
  return 'gone'
end
if ARGV[2] == '$user' and oldUser ~= ARGV[3] then
  return 'absent'
end
local intact
-- include intact
if not intact then
  return 'corrupt\0' .. (verifier or '')
end
local live = tonumber(expires) > tonumber(ARGV[1])
if not live and ARGV[5] == '' then
  return 'absent'
elseif ARGV[2] == '$verifier' and verifier ~= ARGV[3] then
  return 'renewed'
end
call('DEL', key)
return (live and 'ok\0' or 'expired\0') .. (oldUser or '')
