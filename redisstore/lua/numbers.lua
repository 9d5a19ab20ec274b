-- Exact arithmetic on texts. Lua counts in doubles, so integers are cut into limbs.

local BASE = 10000000 -- the product of two limbs, and the sum of a few, are exact

-- An integer's sign and its limbs, the lowest first.
local function limbs(text)
  local s = 1
  if text:byte(1) == 45 then
    s, text = -1, text:sub(2)
  end
  local list = {}
  for last = #text, 1, -7 do
    list[#list + 1] = tonumber(text:sub(math.max(1, last - 6), last))
  end
  return s, list
end

-- Carries, and writes the number; nil if it is outside the int64 range.
local function whole(s, list)
  local i, carry = 1, 0
  while i <= #list or carry > 0 do
    local n = (list[i] or 0) + carry
    carry = math.floor(n / BASE)
    list[i] = n - carry * BASE
    i = i + 1
  end
  local text = ''
  for j = #list, 1, -1 do
    text = text .. string.format('%07.0f', list[j])
  end
  text = text:gsub('^0+', '')
  if text == '' then
    return '0'
  end
  if compareWhole(text, s < 0 and '9223372036854775808' or '9223372036854775807') > 0 then
    return nil
  end
  return (s < 0 and '-' or '') .. text
end

local function addWhole(a, b)
  if #a < 16 and #b < 16 then
    return string.format('%.0f', tonumber(a) + tonumber(b))
  end
  local s, x = limbs(a)
  local t, y = limbs(b)
  if s ~= t and compareWhole(a:gsub('^-', ''), (b:gsub('^-', ''))) < 0 then
    s, x, t, y = t, y, s, x
  end
  for i = 1, math.max(#x, #y) do
    x[i] = (x[i] or 0) + s * t * (y[i] or 0) -- whole borrows where this is negative
  end
  return whole(s, x)
end

local function multiplyWhole(a, b)
  local s, x = limbs(a)
  local t, y = limbs(b)
  local list = {}
  for i = 1, #x do
    for j = 1, #y do
      list[i + j - 1] = (list[i + j - 1] or 0) + x[i] * y[j]
    end
  end
  return whole(s * t, list)
end

-- The shortest text of a double as the driver writes it. nil, 'eval' for the few whose shortest form this cannot find.
local function floatText(f)
  if f ~= f or f == math.huge or f == -math.huge then
    return nil, 'overflow'
  elseif f == math.floor(f) and f >= -2 ^ 63 and f < 2 ^ 63 then
    return string.format('%.0f.0', f == 0 and 0 or f)
  end
  local mantissa = math.abs((math.frexp(f)))
  if mantissa == 0.5 or math.abs(f) < 2.3e-308 then
    return nil, 'eval'
  end
  local text
  for digits = 14, 16 do
    text = string.format('%.' .. digits .. 'e', f)
    if tonumber(text) == f then
      break
    end
  end
  local minus, lead, rest, exponent = text:match('^(-?)(%d)%.(%d-)0*e([+-]%d+)$')
  local e = tonumber(exponent)
  if e < -4 or e >= 6 then
    return minus .. lead .. (rest == '' and '' or '.' .. rest) .. 'e' .. exponent
  elseif e < 0 then
    return minus .. '0.' .. ('0'):rep(-e - 1) .. lead .. rest
  end
  return minus .. (lead .. rest):sub(1, e + 1) .. '.' .. rest:sub(e + 1)
end

local function arithmetic(word, a, b)
  if rank(a) ~= 2 then
    return nil, 'number'
  end
  if a:find('[.e]') or b:find('[.e]') then
    return floatText(word == 'inc' and tonumber(a) + tonumber(b) or word == 'mul' and tonumber(a) * tonumber(b))
  end
  local text = word == 'inc' and addWhole(a, b) or word == 'mul' and multiplyWhole(a, b)
  return text or nil, not text and 'overflow' or nil
end

-- An integer as two words of 32 bits in two's complement.
local function words(text)
  local negative = text:byte(1) == 45
  local digits = ('0'):rep(24) .. text:gsub('^-', '')
  local high, low = 0, 0
  for i = #digits - 23, #digits, 6 do
    low = low * 1000000 + tonumber(digits:sub(i, i + 5))
    local carry = math.floor(low / 2 ^ 32)
    low = low - carry * 2 ^ 32
    high = high * 1000000 + carry
  end
  if negative then
    high, low = 2 ^ 32 - 1 - high, 2 ^ 32 - low
    if low == 2 ^ 32 then
      high, low = (high + 1) % 2 ^ 32, 0
    end
  end
  return high, low
end

local function fromWords(high, low)
  local negative = high >= 2 ^ 31
  if negative then
    high, low = 2 ^ 32 - 1 - high, 2 ^ 32 - low
    if low == 2 ^ 32 then
      high, low = high + 1, 0
    end
  end
  local text = ''
  for _ = 1, 4 do
    local rest = high % 1000000
    high = math.floor(high / 1000000)
    local n = rest * 2 ^ 32 + low
    low = math.floor(n / 1000000)
    text = string.format('%06.0f', n - low * 1000000) .. text
  end
  text = text:gsub('^0+', '')
  return text == '' and '0' or (negative and '-' or '') .. text
end

local function bitwise(op, a, b)
  if rank(a) ~= 2 or a:find('[.e]') then
    return nil, 'int'
  end
  local f = op == 'and' and bit.band or op == 'or' and bit.bor or bit.bxor
  local high, low = words(a)
  local high2, low2 = words(b)
  return fromWords(f(high, high2) % 2 ^ 32, f(low, low2) % 2 ^ 32)
end
