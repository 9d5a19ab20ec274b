<?php

declare(strict_types=1);

require __DIR__ . '/../site.php';

const EARLY_CLOSE = false;
const ONE_COOKIE = false;
const DELETE_OLD = true;
const TIMESTAMPS = false;

$variant = getenv('VARIANT');
if ($variant !== 'lock and errors logged') {
    throw_errors();
}

$redis = parse_url(getenv('REDIS_URL'));
ini_set('session.use_strict_mode', '1');
ini_set('session.save_handler', 'redis');
ini_set('session.save_path', "tcp://{$redis['host']}:{$redis['port']}");
if ($variant !== 'no lock') {
    ini_set('redis.session.locking_enabled', '1');
}
if ($variant === 'lock retries -1') {
    ini_set('redis.session.lock_retries', '-1');
}

require __DIR__ . '/../native.php';
