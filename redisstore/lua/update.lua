-- Applies one update to one session, or nothing of it: everything is checked and computed before the first write.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier, operation id, since, expires, renewed verifier, bind, indexed until, indexed user, size limit,
--          then the steps: each a word, a field and its operands
--
-- since is '' for the first try; a repeated one names a server time before which the first cannot have happened.
-- bind is '' or '=' and the user. Values are texts and are never decoded.

local call, key = redis.call, KEYS[1]
local id, since = ARGV[3], ARGV[4]
local repeated = since ~= ''

local record = call('HMGET', key, '$verifier', '$expires', '$size', '$ops', '$repeated', '$deadline', '$used', '$created',
  '$user', '$indexed')
local oldExpires, size, ring, again = tonumber(record[2]), tonumber(record[3]), record[4], record[5]
if not record[1] and call('EXISTS', key) == 0 then
  return {repeated and 'unknown' or 'absent'}
end
if not (record[1] and oldExpires and size and ring and record[7] and record[8]) then
  return {'corrupt'}
end

local time = call('TIME')
local stamp = string.format('%010d%03d', time[1], time[2] / 1000)
if ring:sub(-14, -2) > stamp then -- a clock that was set back, or another server's
  stamp = ring:sub(-14, -2)
end
local mark = id .. ':' .. stamp .. ' '

if again and again:find(id .. ':', 1, true) then
  return {'done'}
elseif again and again:find(id .. '!', 1, true) then
  return {'refused'}
end
if repeated then
  if ring:find(id .. ':', 1, true) then
    call('HSET', key, '$ops', ring) -- so that WAIT has something to wait for
    return {'done'}
  end
  if #ring >= RING * #mark and tonumber(ring:sub(10, 22)) >= tonumber(since) then
    return {'unknown'} -- the ring no longer reaches back to the first try
  end
  local recent = {}
  for entry, at in (again or ''):gmatch('(%S-[:!](%d+) )') do
    if tonumber(at) > tonumber(stamp) - REPEATED_MS then
      recent[#recent + 1] = entry
    end
  end
  if #recent >= REPEATED then
    return {'unknown'}
  end
  again = table.concat(recent)
end

-- What a repeated try answers must stay true when the first arrives after all, so it leaves a note.
local function refuse(...)
  if repeated then
    call('HSET', key, '$repeated', again .. id .. '!' .. stamp .. ' ')
  end
  return {...}
end

if record[1] ~= ARGV[2] or oldExpires <= tonumber(ARGV[1]) then
  return refuse('absent')
end

local expires, deadline = record[2], record[6] or ''
local extended = ARGV[5]
if extended ~= '' then
  if deadline ~= '' and tonumber(extended) > tonumber(deadline) then
    extended = deadline
  end
  if tonumber(extended) > oldExpires then
    expires = extended
  end
end

local oldUser = record[9] or ''
local user, indexed = oldUser, record[10]
if ARGV[7] ~= '' then
  user = ARGV[7]:sub(2)
  if user ~= oldUser then
    indexed = nil
  end
end
if user ~= '' then
  if user == ARGV[9] and (not indexed or tonumber(ARGV[8]) > tonumber(indexed)) then
    indexed = ARGV[8]
  end
  if not indexed or tonumber(expires) > tonumber(indexed) then
    return {'index', user, expires}
  end
end

local used = record[7]
if tonumber(ARGV[1]) > tonumber(used) then
  used = ARGV[1]
end

local answer = {'ok', stamp, '', user, record[8], used, expires, deadline}
local first = #answer
local writes = {key, '$used', used, '$ops', (ring .. mark):sub(-RING * #mark)}
local drops = {key}
local growth = 0

local function put(field, old, text)
  writes[#writes + 1] = field
  writes[#writes + 1] = text
  growth = growth + #text - old
  if old == 0 then
    growth = growth + #field
  end
end

local function drop(field, old)
  if old > 0 then
    drops[#drops + 1] = field
    growth = growth - old - #field
  end
end

local at, step = 11, 0
while at <= #ARGV do
  local word, field = ARGV[at], ARGV[at + 1]
  at, step = at + 2, step + 1
  local result = false
  if word == 'set' then
    put(field, call('HSTRLEN', key, field), ARGV[at])
    at = at + 1
  elseif word == 'unset' then
    drop(field, call('HSTRLEN', key, field))
  else
    local old = call('HGET', key, field)
    if word == 'exists' then
      if (old and 'true' or 'false') ~= ARGV[at] then
        return refuse('condition', step)
      end
      at = at + 1
    elseif word == 'same' then -- the exact text, '' for none
      if (old or '') ~= ARGV[at] then
        return refuse('changed')
      end
      at = at + 1
    elseif word == 'equals' then
      if not old or plain(old) ~= ARGV[at] then
        return refuse('condition', step)
      end
      at = at + 1
    elseif word == 'gt' or word == 'gte' or word == 'lt' or word == 'lte' then
      if not old or rank(old) ~= rank(ARGV[at]) then
        return refuse('condition', step)
      end
      local order = compare(old, ARGV[at])
      if not order then
        return refuse('eval')
      end
      if not (order < 0 and (word == 'lt' or word == 'lte') or order > 0 and (word == 'gt' or word == 'gte')
        or order == 0 and (word == 'lte' or word == 'gte')) then
        return refuse('condition', step)
      end
      at = at + 1
    elseif word == 'setIfAbsent' then
      if old then
        result = old
      else
        put(field, 0, ARGV[at])
      end
      at = at + 1
    elseif word == 'take' then
      result = old
      drop(field, old and #old or 0)
    elseif word == 'rename' then
      local to = ARGV[at]
      result = old or call('HGET', key, to)
      if old then
        if select(2, old:gsub('[%[{]', '')) > tonumber(ARGV[at + 1]) then
          return refuse('eval') -- perhaps too deep
        end
        drop(field, #old)
        put(to, call('HSTRLEN', key, to), old)
      end
      at = at + 2
    elseif word == 'min' or word == 'max' then
      local order = -1
      if old then
        order = compare(ARGV[at], old)
        if not order then
          return refuse('eval')
        elseif word == 'max' then
          order = -order
        end
      end
      if order < 0 then
        put(field, old and #old or 0, ARGV[at])
        result = ARGV[at]
      else
        result = old
      end
      at = at + 1
    else
      local text, failure, operands
      if word == 'inc' or word == 'mul' then
        text, failure = arithmetic(word, old or '0', ARGV[at])
        operands = 1
      elseif word == 'bit' then
        text, failure = bitwise(ARGV[at], old or '0', ARGV[at + 1])
        operands = 2
      else
        text, failure, operands = array(word, old, at)
      end
      if failure == 'eval' then
        return refuse('eval')
      elseif failure then
        return refuse(failure, step, kind(old))
      end
      if text and text ~= old then
        put(field, old and #old or 0, text)
      end
      result = text or old
      at = at + operands
    end
  end
  answer[first + step] = result
end

if growth > 0 and size + growth > tonumber(ARGV[10]) then
  return refuse('large')
end

local function meta(name, value)
  writes[#writes + 1] = name
  writes[#writes + 1] = value
end
if growth ~= 0 then
  meta('$size', string.format('%.0f', size + growth))
end
if expires ~= record[2] then
  meta('$expires', expires)
end
if ARGV[6] ~= '' then
  meta('$verifier', ARGV[6])
end
if repeated then
  meta('$repeated', again .. mark)
end
if user == '' then
  if oldUser ~= '' then
    drops[#drops + 1] = '$user'
    drops[#drops + 1] = '$indexed'
  end
else
  if user ~= oldUser then
    meta('$user', user)
  end
  if indexed ~= record[10] then
    meta('$indexed', indexed)
  end
end

if #drops > 1 then
  call('HDEL', unpack(drops))
end
call('HSET', unpack(writes))
if expires ~= record[2] then
  call('PEXPIREAT', key, string.format('%.0f', expires + GRACE_MS))
end
return answer
