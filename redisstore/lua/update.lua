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

-- The field of the first step comes along, since most updates have but one; not for a long operand, as what it replaces may be
-- long too and only its length may matter.
local ahead = ARGV[9] and #ARGV[9] < 1000
local record = call('HMGET', key, '$verifier', '$expires', '$used', '$size', '$ops', '$created', '$deadline', '$user', '$repeated',
  ahead and ARGV[8] or '$user')
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

if record[1] ~= ARGV[2] or oldExpires <= now then
  if repeated then
    call('HSET', key, '$repeated', notes .. id .. '!' .. stamp)
  end
  return {oldExpires > now and stranger(key, ARGV[2], now) or 'absent'}
end

local expires, deadline = record[2], record[7]
local newExpires = oldExpires
if ARGV[4] ~= '' then
  local extended, at = ARGV[4], tonumber(ARGV[4])
  if deadline and at > tonumber(deadline) then
    extended, at = deadline, tonumber(deadline)
  end
  if at > oldExpires then
    expires, newExpires = extended, at
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
local writes, w = {key, '$used', used, '$ops', false, nil, nil, nil, nil, nil, nil}, 5 -- room for what is usual
local drops
local growth = 0

local lib, refusal
local at, step, last = 7, 0, #ARGV
while at <= last and not refusal do
  local word, field = ARGV[at], ARGV[at + 1]
  at, step = at + 2, step + 1
  local operand, old, before = ARGV[at], nil, nil
  if step == 1 and ahead then
    old = record[10]
  elseif word == 'set' or word == 'unset' then
    before = call('HSTRLEN', key, field)
  else
    old = call('HGET', key, field)
  end
  before = before or old and #old or 0
  local text, dropped -- the field's new text; the field that goes
  if word == 'set' then
    text = operand
    at = at + 1
  elseif word == 'unset' then
    dropped = field
  else
    local result
    if word == 'exists' then
      if (old and 'true' or 'false') ~= operand then
        refusal = {'condition', step}
      end
      at = at + 1
    elseif word == 'same' then -- the exact text, '' for none
      if (old or '') ~= operand then
        refusal = {'changed'}
      end
      at = at + 1
    elseif word == 'inc' and (not old or #old < 16 and old:find('^-?%d+$')) and #operand < 16 and operand:find('^-?%d+$') then
      text = string.format('%.0f', (old or 0) + operand) -- exact: the double holds either and the sum
      result = text
      at = at + 1
    elseif word == 'setIfAbsent' then
      result = old
      if not old then
        text = operand
      end
      at = at + 1
    elseif word == 'take' then
      result, dropped = old, field
    elseif word == 'rename' then
      result = old or call('HGET', key, operand)
      if old then
        if select(2, old:gsub('[%[{]', '')) > tonumber(ARGV[at + 1]) then
          refusal = {'eval'} -- perhaps too deep
        end
        text, dropped = old, field
      end
      at = at + 2
    else
      lib = lib or library()
      local holds = lib[word]
      if holds then -- a condition
        local met, unclear = holds(old, operand)
        if unclear then
          refusal = {'eval'}
        elseif not met then
          refusal = {'condition', step}
        end
        at = at + 1
      else
        local failure, operands
        text, failure, operands = lib.change(word, old, at)
        if failure == 'eval' then
          refusal = {'eval'}
        elseif failure then
          refusal = {failure, step, lib.kind(old)}
        else
          at = at + operands
        end
        result = text or old
        if text == old then
          text = nil
        end
      end
    end
    if result ~= nil then
      results = results + 1
      answer[results] = result
    end
  end
  if dropped and before > 0 then
    drops = drops or {key}
    drops[#drops + 1] = dropped
    growth = growth - before - #dropped
    before = 0
  end
  if text then
    if dropped then -- renamed
      field = operand
      before = call('HSTRLEN', key, field)
    end
    writes[w + 1], writes[w + 2] = field, text
    w = w + 2
    growth = growth + #text - before
    if before == 0 then
      growth = growth + #field
    end
  end
end

if not refusal and growth > 0 and size + growth > tonumber(ARGV[5]) then
  refusal = {'large'}
end
if refusal then
  if repeated then -- what it answers must stay true when the first try arrives after all
    call('HSET', key, '$repeated', notes .. id .. '!' .. stamp)
  end
  return refusal
end

if #ops < 13 + HALF * 9 then
  writes[5] = ops .. ' ' .. id
else -- a new half begins
  writes[5] = clock(ops:sub(1, 13)) .. ' ' .. id
  writes[w + 1], writes[w + 2] = '$before', ops
  w = w + 2
end
if growth ~= 0 then
  writes[w + 1], writes[w + 2] = '$size', size + growth
  w = w + 2
end
if newExpires > oldExpires then
  writes[w + 1], writes[w + 2] = '$expires', expires
  w = w + 2
end
if renewed ~= '' then
  writes[w + 1], writes[w + 2], writes[w + 3], writes[w + 4] = '$verifier', renewed, '$renewed', record[1] .. ' ' .. ARGV[1]
  w = w + 4
end
if repeated then
  writes[w + 1], writes[w + 2] = '$repeated', notes .. id .. ':' .. stamp
  w = w + 2
end
if indexed ~= oldIndexed then
  writes[w + 1], writes[w + 2], writes[w + 3], writes[w + 4] = '$user', user, '$indexed', indexed
  w = w + 4
elseif user == '' and record[8] then
  drops = drops or {key}
  drops[#drops + 1], drops[#drops + 2] = '$user', '$indexed'
end

if drops then
  call('HDEL', unpack(drops))
end
call('HSET', unpack(writes, 1, w))
if newExpires > oldExpires then
  local dropAt = newExpires + -newExpires % GRID_MS -- most updates leave it as it is
  if dropAt > oldExpires + -oldExpires % GRID_MS then
    call('PEXPIREAT', key, string.format('%.0f', dropAt + GRACE_MS))
  end
end
return answer
