<?php

declare(strict_types=1);

require __DIR__ . '/../site.php';
throw_errors();

$variant = getenv('VARIANT');
define('EARLY_CLOSE', str_starts_with($variant, 'files with early session_write_close'));
define('ONE_COOKIE', $variant === 'files with early session_write_close and one cookie');
define('DELETE_OLD', $variant === 'files in strict mode');
define('TIMESTAMPS', $variant === 'files with timestamps');

ini_set('session.save_path', getenv('FOLDER') . '/sessions');
if ($variant === 'files in strict mode' || $variant === 'files with timestamps') {
    ini_set('session.use_strict_mode', '1');
}

require __DIR__ . '/../native.php';
