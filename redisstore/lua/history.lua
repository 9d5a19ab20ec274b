-- What a session remembers of the operations that were applied to it.
--
-- $ops holds the latest operation ids behind the server's time when the first of them came, $before the same of the ids before
-- those. $repeated holds a note for each operation that was tried again: its id, ':' if it was applied and '!' if it was
-- refused, and the time.

-- include clock

-- Returns what to answer to a try that is not to be executed; else nil, the notes that are still young and the time.
local function history(key, id, since, ops, notes)
  local noted = notes:find(id .. ':', 1, true)
  if notes:find(id .. '!', 1, true) then
    return 'refused'
  elseif not noted and since == '' then
    return nil
  end
  local before = redis.call('HGET', key, '$before')
  if noted or ops:find(' ' .. id, 1, true) or before and before:find(' ' .. id, 1, true) then
    redis.call('HSET', key, '$ops', ops) -- so that WAIT has something to wait for
    return 'done'
  elseif before and (tonumber(before:sub(1, 13)) or math.huge) >= tonumber(since) then
    return 'unknown' -- the session does not remember as far back as the first try
  end
  local stamp, young, n = clock('0'), '', 0
  for note, at in notes:gmatch('(%S-[:!](%d+))') do
    if tonumber(at) > tonumber(stamp) - NOTE_MS then
      young, n = young .. note .. ' ', n + 1
    end
  end
  if n >= NOTES then
    return 'unknown'
  end
  return nil, young, stamp
end
