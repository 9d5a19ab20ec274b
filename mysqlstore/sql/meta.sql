CONCAT_WS(' ', created, last_used, expires, lifetime, COALESCE(deadline, '-'), COALESCE(username, ''))
