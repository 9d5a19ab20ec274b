<?php

declare(strict_types=1);

use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\Handler\PdoSessionHandler;
use Symfony\Component\HttpFoundation\Session\Storage\Handler\RedisSessionHandler;
use Symfony\Component\HttpFoundation\Session\Storage\NativeSessionStorage;

require 'Symfony/Component/HttpFoundation/autoload.php';
require __DIR__ . '/../site.php';
throw_errors();

function redis(): Redis
{
    $redis = new Redis();
    $redis->connect(parse_url(getenv('REDIS_URL'), PHP_URL_HOST), parse_url(getenv('REDIS_URL'), PHP_URL_PORT));
    return $redis;
}

ini_set('session.save_path', getenv('FOLDER') . '/sessions');
$handler = match (getenv('VARIANT')) {
    'files' => null, // PHP's own files
    'PostgreSQL' => new PdoSessionHandler(getenv('POSTGRES_URL')),
    'Redis' => new RedisSessionHandler(redis()),
};
// The cookie's options are those of a new Symfony application.
$session = new Session(new NativeSessionStorage(['cookie_httponly' => true, 'cookie_samesite' => 'lax'], $handler));

$handlers = [
    'POST /inc' => function () use ($session): void {
        $session->start();
        work();
        $session->set('n', $session->get('n', 0) + 1);
    },
    'POST /set' => function () use ($session): void {
        $session->start();
        work();
        $session->set($_GET['k'], $_GET['v']);
    },
    'POST /take' => function () use ($session): string {
        $session->start();
        work();
        return $session->remove('code') ?? '';
    },
    'POST /slow' => function () use ($session): void {
        $session->start();
        work();
        $session->set('slow', bin2hex(random_bytes(8)));
    },
    'POST /login' => function () use ($session): void {
        $session->start();
        work();
        $session->migrate(true); // as its security component does
        $session->set('user', $_GET['u']);
    },
    'POST /logout' => function () use ($session): void {
        $session->start();
        work();
        $session->invalidate();
    },
    'POST /renew' => function () use ($session): void {
        $session->start();
        work();
        $session->migrate(true);
    },
    'GET /page' => function () use ($session): string {
        $session->start();
        work();
        return $session->get('user', '');
    },
    'GET /state' => function () use ($session): array {
        $session->start();
        return state($session->all());
    },
];
answer($handlers, [$session, 'save']); // before the answer, as its framework does
