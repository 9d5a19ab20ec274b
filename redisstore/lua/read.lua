-- Reads fields of a live session, and says whether an update with the operation id was applied to it.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier or '=' and whose the session must be, operation id or '', then the fields
--
-- Answers ok, the server's time, 'last' or 'earlier' or '', user, the rest of the metadata (meta.lua), the fields. An update that
-- was applied may have changed the verifier, so whoever knows its id needs no other key.

-- include clock
-- include guard

local call, key, id = redis.call, KEYS[1], ARGV[3]
local time = clock('0')
local more = '$before'
-- include record
if not verifier and call('EXISTS', key) == 0 then
  return 'absent\0' .. time
end
local intact
-- include intact
if not intact then
  return 'corrupt\0' .. time .. '\0' .. (verifier or '')
end
local applied = ''
if id ~= '' then
  if ops:sub(-9) == ' ' .. id then
    applied = 'last'
  elseif ops:find(' ' .. id, 1, true) or (first or ''):find(' ' .. id, 1, true)
    or (oldNotes or ''):find(id .. ':', 1, true) then
    applied = 'earlier'
  end
end
if applied == '' then
  if tonumber(expires) <= tonumber(ARGV[1]) then
    return 'absent\0' .. time
  elseif verifier ~= ARGV[2] and ARGV[2] ~= '=' .. (oldUser or '') then
    return stranger(key, ARGV[2], ARGV[1]) .. '\0' .. time
  end
end
local meta =
  -- include meta
local answer = {'ok', time, applied, oldUser or '', meta}
for i = 4, #ARGV do
  answer[#answer + 1] = call('HGET', key, ARGV[i]) or ''
end
return table.concat(answer, '\0')
