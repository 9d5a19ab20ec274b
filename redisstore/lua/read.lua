-- Reads fields of a live session, and says whether an update with the operation id was applied to it.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier, operation id or '', then the fields
--
-- An update that was applied may have changed the verifier, so whoever knows its id needs no other key.

local call, key, id = redis.call, KEYS[1], ARGV[3]
local time = call('TIME')
local now = string.format('%d%03d', time[1], time[2] / 1000)
local record = call('HMGET', key, '$verifier', '$expires', '$ops', '$repeated', '$user', '$created', '$used', '$deadline')
if not record[1] and call('EXISTS', key) == 0 then
  return {'absent', now, ''}
end
if not (record[1] and tonumber(record[2]) and record[3] and record[6] and record[7]) then
  return {'corrupt', now, ''}
end
local applied = ''
if id ~= '' then
  local at = record[3]:find(id .. ':', 1, true)
  if at then
    applied = record[3]:find(' ', at, true) == #record[3] and 'last' or 'earlier'
  elseif record[4] and record[4]:find(id .. ':', 1, true) then
    applied = 'earlier'
  end
end
if applied == '' and (record[1] ~= ARGV[2] or tonumber(record[2]) <= tonumber(ARGV[1])) then
  return {'absent', now, ''}
end
local answer = {'ok', now, applied, record[5] or '', record[6], record[7], record[2], record[8] or ''}
for i = 4, #ARGV do
  answer[#answer + 1] = call('HGET', key, ARGV[i])
end
return answer
