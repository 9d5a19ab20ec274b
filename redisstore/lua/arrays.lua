-- Operators on arrays: the text is cut into its elements' texts, and these are moved about.

local function split(text)
  local list, depth, start, at = {}, 0, 2, 2
  if text == '[]' then
    return list
  end
  while true do
    at = text:find('[%[%]{}",]', at)
    local c = text:byte(at)
    if c == 34 then
      repeat
        at = text:find('["\\]', at + 1)
        local escape = text:byte(at) == 92
        if escape then
          at = at + 1
        end
      until not escape
    elseif c == 91 or c == 123 then
      depth = depth + 1
    elseif depth == 0 then -- a comma, or the end
      list[#list + 1] = text:sub(start, at - 1)
      start = at + 1
      if c == 93 then
        return list
      end
    elseif c ~= 44 then
      depth = depth - 1
    end
    at = at + 1
  end
end

local function join(list)
  return '[' .. table.concat(list, ',') .. ']'
end

local function push(old, position, slice, new)
  if slice == '' and (position == '' or position == '0') then
    if #new == 0 or old == '[]' then
      return #new == 0 and old or join(new)
    elseif position == '' then
      return old:sub(1, -2) .. ',' .. table.concat(new, ',') .. ']'
    end
    return '[' .. table.concat(new, ',') .. ',' .. old:sub(2)
  end
  local elems = split(old)
  local before = #elems
  if position ~= '' then
    before = tonumber(position)
    if before < 0 then
      before = math.max(0, before + #elems)
    end
    before = math.min(before, #elems)
  end
  local list = {}
  for i = 1, before do
    list[i] = elems[i]
  end
  for i = 1, #new do
    list[#list + 1] = new[i]
  end
  for i = before + 1, #elems do
    list[#list + 1] = elems[i]
  end
  if slice == '' then
    return join(list)
  end
  local n, kept = tonumber(slice), {}
  local from, to = 1, math.min(n, #list)
  if n < 0 then
    from, to = math.max(1, #list + n + 1), #list
  end
  for i = from, to do
    kept[#kept + 1] = list[i]
  end
  return join(kept)
end

-- The elements for which keep is true.
local function filter(text, keep)
  local list = {}
  for _, e in ipairs(split(text)) do
    if keep(e) then
      list[#list + 1] = e
    end
  end
  return join(list)
end

-- Returns the new text, or nil for no change; an error; how many operands there were.
local function changeArray(word, old, at)
  if old and old:byte(1) ~= 91 then
    return nil, 'array'
  end
  if word == 'push' then
    local n, new = tonumber(ARGV[at + 2]), {}
    for i = 1, n do
      new[i] = ARGV[at + 2 + i]
    end
    if (ARGV[at + 1] ~= '' or ARGV[at] ~= '' and ARGV[at] ~= '0') and tooLong(old and #old or 0) then
      return nil, 'eval'
    end
    return push(old or '[]', ARGV[at], ARGV[at + 1], new), nil, n + 3
  elseif old and tooLong(#old) then
    return nil, 'eval'
  elseif word == 'pop' then
    local elems = old and split(old)
    if elems and #elems > 0 then
      table.remove(elems, ARGV[at] == 'first' and 1 or #elems)
      old = join(elems)
    end
    return old, nil, 1
  end

  local n, given = tonumber(ARGV[at]), {}
  if word == 'addToSet' then -- pairs: the text, and what it is plainly
    local present, add = {}, {}
    for _, e in ipairs(split(old or '[]')) do
      present[plain(e)] = true
    end
    for i = at + 1, at + 2 * n, 2 do
      if not present[ARGV[i + 1]] then
        present[ARGV[i + 1]] = true
        add[#add + 1] = ARGV[i]
      end
    end
    return push(old or '[]', '', '', add), nil, 2 * n + 1
  end
  for i = 1, n do
    given[ARGV[at + i]] = true
  end
  local text = old and filter(old, function(e)
    if given[plain(e)] then
      return false
    end
    if word == 'pull' and e:byte(1) == 91 then -- as in a query of MongoDB, an array also matches by an element
      for _, inner in ipairs(split(e)) do
        if given[plain(inner)] then
          return false
        end
      end
    end
    return true
  end)
  return text, nil, n + 1
end
