-- Deletes a live session, known by its verifier or by its user. One with another verifier lives on, whatever it had before.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier or '=' and whose the session must be, '1' if this is not the first try, '1' to delete it expired too, a time
--          that it must have been signed in before or ''

local call, key, given, before = redis.call, KEYS[1], ARGV[2], ARGV[5]
local byUser = given:sub(1, 1) == '='
local more = '$authenticated'
-- include record
if not verifier and call('EXISTS', key) == 0 then
  if ARGV[3] == '' then
    return 'absent'
  end
  call('HSET', key, '$verifier', '') -- a write, so that WAIT has something to wait for
  call('DEL', key)
  return 'gone'
end
if byUser and given ~= '=' .. (oldUser or '') then
  return 'absent'
end
local intact
-- include intact
local signedInAt = first and first ~= '' and first or created and created:match('^%S+')
if not intact or before ~= '' and (#signedInAt > 15 or not signedInAt:find('^%-?%d+$')) then
  return 'corrupt\0' .. (verifier or '')
end
local live = tonumber(expires) > tonumber(ARGV[1])
if not live and ARGV[4] == '' or before ~= '' and tonumber(signedInAt) >= tonumber(before) then
  return 'absent'
elseif not byUser and verifier ~= given then
  return 'renewed'
end
call('DEL', key)
return (live and 'ok\0' or 'expired\0') .. (oldUser or '')
