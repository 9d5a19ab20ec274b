-- Says why a live session does not answer to a verifier: it was renewed a moment ago, or long ago, or never had it.
local function stranger(key, verifier, now)
  local renewed = redis.call('HGET', key, '$renewed')
  if not renewed or renewed:sub(1, #verifier + 1) ~= verifier .. ' ' then
    return 'absent'
  end
  local at = renewed:sub(#verifier + 2)
  if at:sub(-#SIGNED_IN) == SIGNED_IN then
    at = at:sub(1, -#SIGNED_IN - 1)
  end
  if #at > 15 or not at:find('^%-?%d+$') then
    return 'absent'
  end
  return tonumber(now) < at + RENEWAL_MS and 'renewed' or 'replayed'
end
