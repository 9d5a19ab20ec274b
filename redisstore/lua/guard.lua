-- Says why a live session does not answer to a verifier: it was renewed a moment ago, or never had it.
local function stranger(key, verifier, now)
  local renewed = redis.call('HGET', key, '$renewed')
  local at = renewed and renewed:sub(1, #verifier + 1) == verifier .. ' ' and tonumber(renewed:match('^%d+', #verifier + 2))
  return at and tonumber(now) < at + RENEWAL_MS and 'renewed' or 'absent'
end
