-- Applies one update to one session, or nothing of it: everything is checked and computed before the first write.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier, operation id, expires, size limit, what is rare, then the steps: each a word, a field and its operands
--
-- What is rare is '', or since, renewed verifier, bind, indexed until, indexed user, each behind a NUL. since is '' for the
-- first try; a repeated one names a server time before which the first cannot have happened. bind is '' or '=' and the user.
-- Values are texts and are never decoded.
--
-- Answers {'ok', user, times, a result for each operation but set and unset} or {why not, ...}, with the times created, used,
-- expires and deadline in one text.

local call, key = redis.call, KEYS[1]
local now, id = tonumber(ARGV[1]), ARGV[3]
local since, renewed, bind, till, indexedUser = '', '', '', '', ''
if ARGV[6] ~= '' then
  since, renewed, bind, till, indexedUser = ARGV[6]:match('^%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)%z(%Z*)$')
end
local repeated = since ~= ''

local record = call('HMGET', key, '$verifier', '$expires', '$used', '$size', '$ops', '$created', '$deadline', '$user', '$repeated')
local oldExpires, used, size, ops = tonumber(record[2]), record[3], tonumber(record[4]), record[5]
if not record[1] and call('EXISTS', key) == 0 then
  return {repeated and 'unknown' or 'absent'}
elseif not (record[1] and oldExpires and used and size and ops and record[6]) then
  return {'corrupt'}
end

local notes, stamp -- what this try leaves if it is a repeated one
if repeated or record[9] then
  local answer
  answer, notes, stamp = history(key, id, since, ops, record[9] or '')
  if answer then
    return {answer}
  end
end

-- What a repeated try answers must stay true when the first arrives after all, so it leaves a note.
local function refuse(...)
  if repeated then
    call('HSET', key, '$repeated', notes .. id .. '!' .. stamp)
  end
  return {...}
end

if record[1] ~= ARGV[2] or oldExpires <= now then
  return refuse('absent')
end

local expires, deadline = record[2], record[7]
local newExpires = oldExpires
if ARGV[4] ~= '' then
  local extended = ARGV[4]
  if deadline and tonumber(extended) > tonumber(deadline) then
    extended = deadline
  end
  if tonumber(extended) > oldExpires then
    expires, newExpires = extended, tonumber(extended)
  end
end

local user, indexed, oldIndexed = record[8] or '', nil, nil
if bind ~= '' then
  user = bind:sub(2)
end
if user ~= '' then
  if user == record[8] then
    oldIndexed = call('HGET', key, '$indexed')
    indexed = oldIndexed
  end
  if user == indexedUser and (not indexed or tonumber(till) > tonumber(indexed)) then
    indexed = till
  end
  if not indexed or newExpires > tonumber(indexed) then
    return {'index', user, expires}
  end
end

if now > tonumber(used) then
  used = ARGV[1]
end

local answer, results = {'ok', user, record[6] .. ' ' .. used .. ' ' .. expires .. ' ' .. (deadline or '')}, 3
local writes, w = {key, '$used', used, '$ops', false}, 5
local drops
local growth = 0

local function put(field, old, text)
  writes[w + 1], writes[w + 2] = field, text
  w = w + 2
  growth = growth + #text - old
  if old == 0 then
    growth = growth + #field
  end
end

local function drop(field, old)
  if old > 0 then
    drops = drops or {key}
    drops[#drops + 1] = field
    growth = growth - old - #field
  end
end

local lib
local at, step, last = 7, 0, #ARGV
while at <= last do
  local word, field = ARGV[at], ARGV[at + 1]
  at, step = at + 2, step + 1
  if word == 'set' then
    put(field, call('HSTRLEN', key, field), ARGV[at])
    at = at + 1
  elseif word == 'unset' then
    drop(field, call('HSTRLEN', key, field))
  else
    local old = call('HGET', key, field)
    local operand, result = ARGV[at], nil
    if word == 'exists' then
      if (old and 'true' or 'false') ~= operand then
        return refuse('condition', step)
      end
      at = at + 1
    elseif word == 'same' then -- the exact text, '' for none
      if (old or '') ~= operand then
        return refuse('changed')
      end
      at = at + 1
    elseif word == 'inc' and (not old or #old < 16 and old:find('^-?%d+$')) and #operand < 16 and operand:find('^-?%d+$') then
      result = string.format('%.0f', (old or 0) + operand) -- exact: the double holds either and the sum
      put(field, old and #old or 0, result)
      at = at + 1
    elseif word == 'setIfAbsent' then
      result = old
      if not old then
        put(field, 0, operand)
      end
      at = at + 1
    elseif word == 'take' then
      result = old
      drop(field, old and #old or 0)
    elseif word == 'rename' then
      result = old or call('HGET', key, operand)
      if old then
        if select(2, old:gsub('[%[{]', '')) > tonumber(ARGV[at + 1]) then
          return refuse('eval') -- perhaps too deep
        end
        drop(field, #old)
        put(operand, call('HSTRLEN', key, operand), old)
      end
      at = at + 2
    else
      lib = lib or library()
      local holds = lib[word]
      if holds then -- a condition
        local met, unclear = holds(old, operand)
        if unclear then
          return refuse('eval')
        elseif not met then
          return refuse('condition', step)
        end
        at = at + 1
      else
        local text, failure, operands = lib.change(word, old, at)
        if failure == 'eval' then
          return refuse('eval')
        elseif failure then
          return refuse(failure, step, lib.kind(old))
        end
        if text and text ~= old then
          put(field, old and #old or 0, text)
        end
        result = text or old
        at = at + operands
      end
    end
    if result ~= nil then
      results = results + 1
      answer[results] = result
    end
  end
end

if growth > 0 and size + growth > tonumber(ARGV[5]) then
  return refuse('large')
end

if #ops < 13 + HALF * 9 then
  writes[5] = ops .. ' ' .. id
else -- a new half begins
  writes[5] = clock(ops:sub(1, 13)) .. ' ' .. id
  writes[w + 1], writes[w + 2] = '$before', ops
  w = w + 2
end
if growth ~= 0 then
  writes[w + 1], writes[w + 2] = '$size', string.format('%.0f', size + growth)
  w = w + 2
end
if newExpires > oldExpires then
  writes[w + 1], writes[w + 2] = '$expires', expires
  w = w + 2
end
if renewed ~= '' then
  writes[w + 1], writes[w + 2] = '$verifier', renewed
  w = w + 2
end
if repeated then
  writes[w + 1], writes[w + 2] = '$repeated', notes .. id .. ':' .. stamp
  w = w + 2
end
if indexed ~= oldIndexed then
  writes[w + 1], writes[w + 2], writes[w + 3], writes[w + 4] = '$user', user, '$indexed', indexed
elseif user == '' and record[8] then
  drops = drops or {key}
  drops[#drops + 1], drops[#drops + 2] = '$user', '$indexed'
end

if drops then
  call('HDEL', unpack(drops))
end
call('HSET', unpack(writes))
local dropAt = math.ceil(newExpires / GRID_MS) -- most updates leave it as it is
if dropAt > math.ceil(oldExpires / GRID_MS) then
  call('PEXPIREAT', key, string.format('%.0f', dropAt * GRID_MS + GRACE_MS))
end
return answer
