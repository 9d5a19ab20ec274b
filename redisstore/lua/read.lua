-- Reads fields of a live session, and says whether an update with the operation id was applied to it.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier, operation id or '', then the fields
--
-- Answers ok, the server's time, 'last' or 'earlier' or '', user, times, the fields; see the update script. An update that was
-- applied may have changed the verifier, so whoever knows its id needs no other key.

-- include clock
-- include guard

local call, key, id = redis.call, KEYS[1], ARGV[3]
local time = clock('0')
local record = call('HMGET', key, '$verifier', '$expires', '$ops', '$before', '$repeated', '$user', '$created', '$used', '$deadline')
if not record[1] and call('EXISTS', key) == 0 then
  return 'absent\0' .. time
elseif not (record[1] and tonumber(record[2]) and record[3] and record[7] and record[8]) then
  return 'corrupt\0' .. time
end
local applied = ''
if id ~= '' then
  if record[3]:sub(-9) == ' ' .. id then
    applied = 'last'
  elseif record[3]:find(' ' .. id, 1, true) or (record[4] or ''):find(' ' .. id, 1, true)
    or (record[5] or ''):find(id .. ':', 1, true) then
    applied = 'earlier'
  end
end
if applied == '' then
  if tonumber(record[2]) <= tonumber(ARGV[1]) then
    return 'absent\0' .. time
  elseif record[1] ~= ARGV[2] then
    return stranger(key, ARGV[2], ARGV[1]) .. '\0' .. time
  end
end
local times = record[8] .. ' ' .. record[2] .. ' ' .. (record[9] or '') .. ' ' .. record[7]
local answer = {'ok', time, applied, record[6] or '', times}
for i = 4, #ARGV do
  answer[#answer + 1] = call('HGET', key, ARGV[i]) or ''
end
return table.concat(answer, '\0')
