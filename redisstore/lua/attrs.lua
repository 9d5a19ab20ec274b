-- Works out what a change makes of a session's attributes: changed, false for none that are left. $attrs is a JSON object of texts, and so
-- is the change, in which '' removes one.
local text = call('HGET', key, '$attrs')
text = text and text ~= '' and text or '{}'
local ok, attrs = pcall(cjson.decode, text)
if not ok or not text:find('^%s*{') then
  return 'corrupt\0' .. verifier
end
for name, value in pairs(cjson.decode(newAttrs)) do
  attrs[name] = value ~= '' and value or nil
end
for _, value in pairs(attrs) do
  if type(value) ~= 'string' then
    return 'corrupt\0' .. verifier
  end
end
changed = next(attrs) and cjson.encode(attrs)
