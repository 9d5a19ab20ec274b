-- Texts of values: their kinds, their order, equality by value. Only what the texts look like matters here.

-- The server waits for a script. So a script goes through no more than so many bytes of values, one by one; what takes more is left
-- to the client. (Lua compares and copies whole texts much faster.)
local budget = 65536
local function tooLong(bytes)
  budget = budget - bytes
  return budget < 0
end

-- The place of a text's kind in the order of BSON.
local function rank(text)
  local c = text:byte(1)
  if c == 110 then -- null
    return 1
  elseif c == 34 then
    return 3
  elseif c == 123 then
    if text:sub(1, 9) == '{"$date":' then
      return 8
    elseif text:sub(1, 9) == '{"$json":' then
      return 9
    elseif text:sub(1, 11) == '{"$binary":' then
      return 6
    end
    return 4
  elseif c == 91 then
    return 5
  elseif c == 116 or c == 102 then
    return 7
  end
  return 2
end

local function kind(text)
  if not text then
    return 'missing'
  end
  local names = {'null', 'number', 'string', 'object', 'array', 'bytes', 'bool', 'time', 'json'}
  if rank(text) == 2 then
    return text:find('[.e]') and 'float' or 'int'
  end
  return names[rank(text)]
end

-- Calls f with each stretch of text between strings, and each string; returns what it makes of them.
local function outside(text, f)
  local parts, from = {}, 1
  while true do
    local open = text:find('"', from, true)
    if not open then
      parts[#parts + 1] = f(text:sub(from))
      return table.concat(parts)
    end
    parts[#parts + 1] = f(text:sub(from, open - 1))
    local close = open
    repeat
      close = text:find('["\\]', close + 1)
      local escape = text:byte(close) == 92
      if escape then
        close = close + 1
      end
    until not escape
    parts[#parts + 1] = text:sub(open, close)
    from = close + 1
  end
end

-- The text with every whole float written as the integer it equals: equal values have equal plain texts.
local function plain(text)
  if not text:find('.0', 1, true) then
    return text
  end
  local r = rank(text)
  if r == 2 then
    return (text:gsub('%.0$', ''))
  elseif r == 4 or r == 5 then
    return outside(text, function(s)
      return ((s .. ','):gsub('%.0([%],}])', '%1'):sub(1, -2))
    end)
  end
  return text
end

local function sign(a, b)
  return a < b and -1 or a > b and 1 or 0
end

-- Byte by byte: the operator < would ask the server's locale.
local function compareStrings(a, b, value)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then
      if value then
        x, y = value(x), value(y)
      end
      return sign(x, y)
    end
  end
  return sign(#a, #b)
end

local function compareWhole(a, b)
  local negative = a:byte(1) == 45
  if negative ~= (b:byte(1) == 45) then
    return negative and -1 or 1
  end
  local order = sign(#a, #b)
  if order == 0 then
    order = compareStrings(a, b)
  end
  return negative and -order or order
end

local function compareNumbers(a, b)
  a, b = plain(a), plain(b)
  local aWhole, bWhole = not a:find('[.e]'), not b:find('[.e]')
  if aWhole and bWhole then
    return compareWhole(a, b)
  end
  local order = sign(tonumber(a), tonumber(b))
  if order == 0 and aWhole ~= bWhole then -- a double beyond the integers, which an integer was rounded up to
    return aWhole and -1 or 1
  end
  return order
end

local function unescape(text)
  text = text:sub(2, -2)
  if not text:find('\\', 1, true) then
    return text
  end
  return (text:gsub('\\(.)(%x?%x?%x?%x?)', function(c, hex)
    if c == 'u' then
      return string.char(tonumber(hex, 16))
    end
    return (c == 'n' and '\n' or c) .. hex
  end))
end

local function compareBytes(a, b)
  a, b = a:sub(13, -3), b:sub(13, -3)
  local function size(s)
    return #s / 4 * 3 - select(2, s:gsub('=', ''))
  end
  local order = sign(size(a), size(b))
  if order ~= 0 then
    return order
  end
  local digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return compareStrings(a, b, function(c)
    return digits:find(string.char(c), 1, true)
  end)
end

-- The order of two values, nil where both are arrays or objects that are not equal, or too long.
local function compare(a, b)
  local order = sign(rank(a), rank(b))
  if order ~= 0 or a == b then
    return order
  end
  local r = rank(a)
  if r == 2 then
    return compareNumbers(a, b)
  elseif tooLong(#a + #b) then
    return nil
  elseif r == 3 then
    return compareStrings(unescape(a), unescape(b))
  elseif r == 9 then
    return compareStrings(unescape(a:sub(10, -2)), unescape(b:sub(10, -2)))
  elseif r == 6 then
    return compareBytes(a, b)
  elseif r == 7 or r == 8 then
    return compareStrings(a, b) -- false comes before true, and times have one width
  end
  return plain(a) == plain(b) and 0 or nil
end
