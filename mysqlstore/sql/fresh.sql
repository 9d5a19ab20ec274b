expires > p_now AND floor < p_op AND LOCATE(SUBSTRING(p_op, 1, 15), ops) = 0
    AND OCTET_LENGTH(ops) % 16 = 0 AND (p_added <= 0 OR bytes + p_added <= p_limit)
