-- Applies one update to one session, or nothing of it: everything is checked and computed before the first write.
--
-- KEYS[1]  the session's hash
-- ARGV     now, verifier or '=' and whose the session must be, operation id, now + max age ('' if it is no use), what few updates need,
--          then the steps: each a word, a field and its operands (for and, or, nor and sequence: how many steps they hold, and those)
--
-- What few updates need is the word rare and: size limit ('' for SIZE), since, renewed verifier, bind, indexed until, indexed user,
-- label, deadline, lifetime. since is '' for the first try; a repeated one names a server time before which the first cannot have
-- happened. bind and label are '' or '=' and the new one. Even fewer need what can come behind it, the word rarer and: a time at or
-- after which the session must have been authenticated, when it is, a change of attributes, each '' for none. Values are texts and are
-- never decoded.
--
-- Answers ok, user, the rest of the metadata (meta.lua), a result for each operation but set and unset; or why not.

local call, key, args = redis.call, KEYS[1], ARGV
local now, id = args[1] + 0, args[3]
local limit, since, renewed, bind, till, indexedUser = SIZE, '', '', '', '', ''
local label, newDeadline, newLifetime, authenticatedSince, newAuthenticated, newAttrs -- false or nil for none, which costs least
local at = 5
if args[at] == 'rare' then
  limit, since, renewed, bind, till, indexedUser, label, newDeadline, newLifetime = unpack(args, at + 1, at + 9)
  at = at + 10
  limit, label = tonumber(limit) or SIZE, label ~= '' and label
  newDeadline, newLifetime = newDeadline ~= '' and newDeadline, newLifetime ~= '' and newLifetime
  if args[at] == 'rarer' then
    authenticatedSince, newAuthenticated, newAttrs = unpack(args, at + 1, at + 3)
    at = at + 4
    authenticatedSince = authenticatedSince ~= '' and authenticatedSince
    newAuthenticated, newAttrs = newAuthenticated ~= '' and newAuthenticated, newAttrs ~= '' and newAttrs
  end
end
local repeated = since ~= ''

-- The field of the first step comes along, since most updates have but one; not for a long operand, as what it replaces may be
-- long too and only its length may matter.
local ahead = args[at + 2] and #args[at + 2] < 1000
local more = ahead and args[at + 1] or '$user'
-- include record
if not verifier and call('EXISTS', key) == 0 then
  return repeated and 'unknown' or 'absent'
end

-- First whether the session looks like nearly all of them, which takes an update 2 to 3 % less: 13 characters that make a number so
-- large are digits. Arithmetic on a text that is no number ends the script, before it has written anything.
local intact, oldExpires, lastUsed, life
if verifier == args[2] and ops and size and used and expires and created and lifetime and #ops % 9 == 4 and #ops > 12 and #size < 16
  and #used == 13 and #expires == 13 and lifetime ~= ''
then
  local began = tonumber((#created == 13 or created:byte(14) == 32) and created:sub(1, 13) or '') -- nil for a shorter time before a label
  if began then
    oldExpires, lastUsed, life = expires + 0, used + 0, lifetime + 0
    intact = began >= 1e12 and oldExpires >= 1e12 and lastUsed >= 1e12 and life >= 10 ^ (#lifetime - 1) and life <= LONGEST_MS
      and life < 10 ^ #lifetime and (not deadline or #deadline == 13 and deadline + 0 >= 1e12) and size:find('^%d+$')
  end
end
if not intact then
  -- include intact
  if not intact then
    return 'corrupt\0' .. (verifier or '')
  end
  oldExpires, lastUsed = expires + 0, used + 0
  life = (lifetime or oldExpires - lastUsed) + 0
end

-- What is rarely needed is included where it is, since even a function that is not called takes time to make.

local notes, stamp -- what this try leaves if it is a repeated one
if repeated or oldNotes then
  -- include history
  local answer
  answer, notes, stamp = history(key, id, since, ops, oldNotes or '')
  if answer then
    return answer
  end
end

if oldExpires <= now or verifier ~= args[2] and args[2] ~= '=' .. (oldUser or '') then
  if repeated then
    call('HSET', key, '$repeated', notes .. id .. '!' .. stamp)
  end
  -- include guard
  return oldExpires > now and stranger(key, args[2], now) or 'absent'
end

if newDeadline then
  deadline = newDeadline
end
if not lifetime and not newLifetime then -- an earlier version has written the session
  newLifetime = string.format('%.0f', life)
end
lifetime = newLifetime or lifetime
local newExpires, age = oldExpires, newLifetime and newLifetime + 0 or life
if args[4] ~= '' then -- a use
  newExpires = args[4] + 0
  if now >= lastUsed and newExpires - now <= age then -- the usual one, which has no text to make
    used, expires = args[1], args[4]
  else
    if now > lastUsed then
      used, lastUsed = args[1], now
    end
    newExpires = lastUsed + math.min(newExpires - now, age)
    expires = string.format('%.0f', newExpires)
  end
end
local unbounded = newExpires -- a session in use enters itself again, though its life has come to its deadline
if deadline and newExpires > deadline + 0 then
  expires, newExpires = deadline, deadline + 0
end

local lib, results
local writes, drops = {nil, nil, nil, nil}, nil -- room for what is usual
local growth = 0
local refusal
if authenticatedSince then
  local authenticated = call('HGET', key, '$authenticated') or ''
  if authenticated ~= '' and (#authenticated > 15 or not authenticated:find('^%-?%d+$')) then
    return 'corrupt\0' .. verifier
  elseif authenticated == '' or tonumber(authenticated) < tonumber(authenticatedSince) then
    refusal = 'reauthenticate'
  end
end
local step, last = 0, #args
while at <= last and not refusal do
  local word, field = args[at], args[at + 1]
  at, step = at + 2, step + 1
  local operand, old, before = args[at], nil, nil
  if step == 1 and ahead then
    old = first
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
        refusal = 'condition\0' .. step
      end
      at = at + 1
    elseif word == 'same' then -- the exact text, '' for none
      if (old or '') ~= operand then
        refusal = 'changed'
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
        local depth = tonumber(args[at + 1]) -- no text needs more brackets, and the others need not be counted
        if old:find('^[%[{]') and select(2, old:gsub('[%[{]', '', depth + 1)) > depth then
          refusal = 'eval' -- perhaps too deep
        end
        text, dropped = old, field
      end
      at = at + 2
    else
      if not lib then
        -- include change
      end
      local holds = lib[word]
      if holds then -- a condition
        local met
        met, at = holds(old, at)
        if not met then
          refusal = met == nil and 'eval' or 'condition\0' .. step
        end
      else
        local failure, operands
        text, failure, operands = lib.change(word, old, at)
        if failure == 'eval' then
          refusal = 'eval'
        elseif failure then
          refusal = failure .. '\0' .. step .. '\0' .. lib.kind(old)
        else
          at = at + operands
        end
        result = text or old
        if text == false then
          result, dropped = false, field
        elseif text == old then
          text = nil
        end
      end
    end
    if result ~= nil then
      results = results or {''}
      results[#results + 1] = result or ''
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
    writes[#writes + 1], writes[#writes + 2] = field, text
    growth = growth + #text - before
    if before == 0 then
      growth = growth + #field
    end
  end
end

if not refusal and growth > 0 and size + growth > limit then
  refusal = 'large'
end
if refusal then
  if repeated then -- what it answers must stay true when the first try arrives after all
    call('HSET', key, '$repeated', notes .. id .. '!' .. stamp)
  end
  return refusal
end

local changed
if newAttrs then
  -- include attrs
end

-- Only an update that nothing else is in the way of may enter its session into the index: anybody can make up the ID of one. One that
-- binds the session enters it in any case, as the index may have been lost.
local user, indexed, oldIndexed = oldUser or '', nil, nil
if bind ~= '' then
  user = bind:sub(2)
end
if user ~= '' then
  if user == oldUser then
    oldIndexed = call('HGET', key, '$indexed')
    indexed = bind == '' and oldIndexed and #oldIndexed < 16 and oldIndexed:find('^%-?%d+$') and oldIndexed
  end
  if user == indexedUser and (not indexed or tonumber(till) > tonumber(indexed)) then
    indexed = till
  end
  if not indexed or unbounded > tonumber(indexed) then
    return 'index\0' .. user .. '\0' .. string.format('%.0f', unbounded)
  end
end

if #ops < 13 + HALF * 9 then
  ops = ops .. ' ' .. id
else -- a new half begins
  writes[#writes + 1], writes[#writes + 2] = '$before', ops
  -- include clock
  local began = ops:sub(1, 13)
  ops = clock(tonumber(began) and began or '0') .. ' ' .. id
end
if growth ~= 0 then
  writes[#writes + 1], writes[#writes + 2] = '$size', size + growth
end
if newDeadline then
  writes[#writes + 1], writes[#writes + 2] = '$deadline', deadline
end
if newLifetime then
  writes[#writes + 1], writes[#writes + 2] = '$lifetime', lifetime
end
if label then -- behind the time of creation it is no field more to read
  created = created:match('^%S*') .. (label ~= '=' and ' ' .. label:sub(2) or '')
  writes[#writes + 1], writes[#writes + 2] = '$created', created
end
if newAttrs and changed then
  writes[#writes + 1], writes[#writes + 2] = '$attrs', changed
elseif newAttrs then
  drops = drops or {key}
  drops[#drops + 1] = '$attrs'
end
if newAuthenticated then
  writes[#writes + 1], writes[#writes + 2] = '$authenticated', newAuthenticated
elseif bind == '=' then
  drops = drops or {key}
  drops[#drops + 1] = '$authenticated'
end
if renewed ~= '' then
  local signedIn = #bind > 1 and not oldUser
  writes[#writes + 1], writes[#writes + 2] = '$verifier', renewed
  writes[#writes + 1], writes[#writes + 2] = '$renewed', verifier .. ' ' .. args[1] .. (signedIn and SIGNED_IN or '')
end
if repeated then
  writes[#writes + 1], writes[#writes + 2] = '$repeated', notes .. id .. ':' .. stamp
end
if indexed ~= oldIndexed then
  writes[#writes + 1], writes[#writes + 2] = '$user', user
  writes[#writes + 1], writes[#writes + 2] = '$indexed', indexed
elseif user == '' and oldUser then
  drops = drops or {key}
  drops[#drops + 1], drops[#drops + 2] = '$user', '$indexed'
end

if drops then
  call('HDEL', unpack(drops))
end
call('HSET', key, '$used', used, '$expires', expires, '$ops', ops, unpack(writes))
if newExpires ~= oldExpires then
  local dropAt = newExpires + -newExpires % GRID_MS -- most updates leave it as it is
  if dropAt ~= oldExpires + -oldExpires % GRID_MS then
    call('PEXPIREAT', key, string.format('%.0f', dropAt + GRACE_MS))
  end
end
return 'ok\0' .. user .. '\0' ..
  -- include meta
  .. (results and table.concat(results, '\0') or '')
