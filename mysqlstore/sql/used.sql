last_used = IF(p_max_age IS NULL, last_used, GREATEST(last_used, p_now)),
    expires = LEAST(IF(p_max_age IS NULL, expires, last_used + LEAST(lifetime, p_max_age)), COALESCE(deadline, 9223372036854775807)),
    expires_hour = expires DIV 3600000
