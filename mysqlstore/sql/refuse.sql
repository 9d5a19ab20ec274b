SELECT IF(EXISTS (SELECT 1 FROM {session} WHERE id = p_id), 'eval', 'absent'), NULL, NULL
