-- Reads what a session holds beside its document, and one field more; see also meta.lua.
local verifier, ops, size, oldUser, oldNotes, used, expires, lifetime, deadline, created, first = unpack(call('HMGET', key,
  '$verifier', '$ops', '$size', '$user', '$repeated', '$used', '$expires', '$lifetime', '$deadline', '$created', more))
