-- The server's time in milliseconds, but not before another.
local function clock(least)
  local time = redis.call('TIME')
  local now = string.format('%010d%03d', time[1], time[2] / 1000)
  return tonumber(now) > tonumber(least) and now or least
end
