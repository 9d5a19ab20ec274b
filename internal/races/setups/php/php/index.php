<?php

declare(strict_types=1);

require __DIR__ . '/../site.php';
throw_errors();

$variant = getenv('VARIANT');
define('EARLY_CLOSE', str_starts_with($variant, 'files, early session_write_close'));
define('ONE_COOKIE', $variant === 'files, early session_write_close, one cookie');
define('TIMESTAMPS', $variant === 'files, timestamps');

ini_set('session.save_path', getenv('FOLDER') . '/sessions');
if ($variant === 'files, strict mode' || $variant === 'files, timestamps') {
    ini_set('session.use_strict_mode', '1');
}

require __DIR__ . '/../native.php';
