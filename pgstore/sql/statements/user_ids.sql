SELECT coalesce(array_agg(id), '{}') FROM {schema}.session WHERE username = $1::text AND id <> $2::bytea
