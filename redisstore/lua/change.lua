-- What a step makes of a field, and whether a condition holds, for the update script: its lib.

-- include values
-- include numbers
-- include arrays

-- Returns the new text, or nil for no change; an error; how many operands there were.
local function change(word, old, at)
  if word == 'inc' or word == 'mul' then
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

local function inOrder(accept)
  return function(old, operand)
    if not old or rank(old) ~= rank(operand) then
      return false
    end
    local order = compare(old, operand)
    return order and accept(order), not order
  end
end

lib = {
  kind = kind,
  change = change,
  equals = function(old, operand)
    if not old or old == operand then
      return old
    elseif #old < #operand then -- it is longer than what it is plainly, or as long
      return false
    elseif tooLong(#old) then
      return nil, true
    end
    return plain(old) == operand
  end,
  gt = inOrder(function(order) return order > 0 end),
  gte = inOrder(function(order) return order >= 0 end),
  lt = inOrder(function(order) return order < 0 end),
  lte = inOrder(function(order) return order <= 0 end),
}
