-- Finds out whether what a session holds beside its document is what this package writes; record.go says the same. Any text is an
-- answer to "which user" and "which label". Times and sizes are numbers that a double holds exactly: of texts of other forms the
-- program and Lua's arithmetic would not make the same.
-- An empty text is like none.
lifetime, deadline = lifetime ~= '' and lifetime, deadline ~= '' and deadline
if verifier and ops and size and used and expires and created and #verifier == 43 and #ops > 12 and #ops % 9 == 4 and #size < 16
  and #used < 16 and #expires < 16 and (not lifetime or #lifetime < 16) and (not deadline or #deadline < 16)
then
  local numbers = used .. ' ' .. expires .. ' ' .. size .. ' ' .. (lifetime or '0') .. ' ' .. (deadline or '0') .. ' ' .. created .. ' '
  local _, stop = numbers:find('^%-?%d+ %-?%d+ %-?%d+ %d+ %-?%d+ %-?%d+ ')
  intact = stop and stop - #numbers + #created < 16 and (not lifetime or lifetime + 0 <= LONGEST_MS)
end
