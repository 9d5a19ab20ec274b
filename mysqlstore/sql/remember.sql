floor = IF(OCTET_LENGTH(ops) < 256, floor, GREATEST(floor, SUBSTRING(ops, 1, 16))),
    ops = CONCAT(IF(OCTET_LENGTH(ops) < 256, ops, SUBSTRING(ops, 17)), p_op)
