<?php

declare(strict_types=1);

require __DIR__ . '/../site.php';
throw_errors();

$variant = getenv('VARIANT');
define('EARLY_CLOSE', str_starts_with($variant, 'early close'));
define('ONE_COOKIE', $variant === 'early close and one cookie');
define('DELETE_OLD', $variant === 'strict mode');
define('TIMESTAMPS', $variant === 'timestamps');

ini_set('session.save_path', getenv('FOLDER') . '/sessions');
if ($variant === 'strict mode' || $variant === 'timestamps') {
    ini_set('session.use_strict_mode', '1');
}

require __DIR__ . '/../native.php';
