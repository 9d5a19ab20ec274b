-- What a step makes of a field, and whether a condition holds, for the update script: its lib.

-- include values
-- include numbers
-- include arrays

local sequence

-- Returns the new text, nil for no change, or false for a field that goes; an error; how many operands there were.
local function change(word, old, at)
  if word == 'sequence' then
    return sequence(old, at)
  elseif word == 'inc' or word == 'mul' then
    local text, failure = arithmetic(word, old or '0', ARGV[at])
    return text, failure, 1
  elseif word == 'bit' then
    local text, failure = bitwise(ARGV[at], old or '0', ARGV[at + 1])
    return text, failure, 2
  elseif word == 'min' or word == 'max' then
    if not old then
      return ARGV[at], nil, 1
    end
    local order = compare(ARGV[at], old)
    if not order then
      return nil, 'eval'
    end
    local better = word == 'min' and order < 0 or word == 'max' and order > 0
    return better and ARGV[at] or nil, nil, 1
  end
  return changeArray(word, old, at)
end

-- Applies the steps of a sequence one after the other, as change does. What fails is left to the client, which says why.
function sequence(old, from)
  local at = from + 1
  for _ = 1, ARGV[from] do
    local word = ARGV[at]
    at = at + 2
    if word == 'set' or word == 'setIfAbsent' then
      old = word == 'setIfAbsent' and old or ARGV[at]
      at = at + 1
    elseif word == 'unset' or word == 'take' then
      if word == 'take' then
        results = results or {''}
        results[#results + 1] = old or ''
      end
      old = false
    else
      local text, failure, operands = change(word, old, at)
      if failure or text and tooLong(#text / 16) then -- whole texts are quick to make, but each step makes one
        return nil, 'eval'
      end
      old, at = text or old, at + operands
    end
  end
  return old, nil, at - from
end

-- A condition is a function of a field and of where its operands begin. It returns whether it holds, nil where that is unclear, and
-- where the next step begins.

local function among(old, at)
  local next, given = at + 1 + ARGV[at], nil -- what the field is plainly
  for i = at + 1, old and next - 1 or at do
    if old == ARGV[i] then
      return true, next
    elseif #old > #ARGV[i] then -- it is longer than what it is plainly, unless it is that
      if not given and tooLong(#old) then
        return nil, next
      end
      given = given or plain(old)
      if given == ARGV[i] then
        return true, next
      end
    end
  end
  return false, next
end

local function inOrder(accept)
  return function(old, at)
    local met = false
    if old and rank(old) == rank(ARGV[at]) then
      local order = compare(old, ARGV[at])
      met = order and accept(order)
    end
    return met, at + 1
  end
end

local function combine(accept)
  return function(_, at)
    local n, holding, met = ARGV[at] + 0, 0, nil
    at = at + 1
    for _ = 1, n do
      met, at = lib[ARGV[at]](call('HGET', key, ARGV[at + 1]), at + 2)
      if met == nil then
        return nil, at
      end
      holding = holding + (met and 1 or 0)
    end
    return accept(holding, n), at
  end
end

lib = {
  kind = kind,
  change = change,
  exists = function(old, at) return (old and 'true' or 'false') == ARGV[at], at + 1 end,
  ['in'] = among,
  gt = inOrder(function(order) return order > 0 end),
  gte = inOrder(function(order) return order >= 0 end),
  lt = inOrder(function(order) return order < 0 end),
  lte = inOrder(function(order) return order <= 0 end),
  ['and'] = combine(function(holding, n) return holding == n end),
  ['or'] = combine(function(holding) return holding > 0 end),
  nor = combine(function(holding) return holding == 0 end),
}
