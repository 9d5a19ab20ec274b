<?php

// The handlers on $_SESSION, for all save handlers of PHP.

declare(strict_types=1);

// must makes an exception of the false by which functions of PHP tell that they have failed.
function must(bool $done): void
{
    if (!$done) {
        throw new RuntimeException('session: it has failed');
    }
}

// start loads the session. With timestamps, one that was left some time ago is not to be used any more, and one that was left just now
// leads to the one that took its place.
function start(array $options = []): void
{
    must(session_start($options));
    if (($_SESSION['destroyed'] ?? PHP_INT_MAX) < time() - 300) {
        throw new RuntimeException('session: it was left long ago');
    }
    if (isset($_SESSION['new_session_id'])) {
        $id = $_SESSION['new_session_id'];
        must(session_write_close());
        session_id($id);
        must(session_start($options));
    }
}

// begin loads the session, and works. What is set in $_SESSION afterwards is saved.
function begin(bool $newCookie = false): void
{
    start();
    if (EARLY_CLOSE) {
        must(session_write_close());
        work();
        // Reads it again, under the lock. Each session_start sends the cookie once more, unless it is told to use none.
        start(ONE_COOKIE && !$newCookie ? ['use_cookies' => false] : []);
    } else {
        work();
    }
}

// read loads a session that is not to be changed.
function read(): void
{
    start(EARLY_CLOSE ? ['read_and_close' => true] : []);
}

// regenerate gives the session another ID, before a privilege is set in it.
function regenerate(): void
{
    if (!TIMESTAMPS) {
        must(session_regenerate_id(DELETE_OLD));
        return;
    }
    // The second example of the manual's page on session_regenerate_id.
    $fields = $_SESSION;
    $id = session_create_id();
    $_SESSION = ['new_session_id' => $id, 'destroyed' => time()] + $fields; // what stays behind for a while
    must(session_write_close());
    session_id($id);
    must(session_start(['use_strict_mode' => false])); // which refuses an ID that was made just now
    $_SESSION = $fields;
}

// destroy follows the example of the manual's page on session_destroy; with timestamps, that on security.
function destroy(): void
{
    $_SESSION = TIMESTAMPS ? ['destroyed' => time()] : [];
    $cookie = session_get_cookie_params();
    setcookie(session_name(), '', time() - 42000, $cookie['path'], $cookie['domain'], $cookie['secure'], $cookie['httponly']);
    if (!TIMESTAMPS) {
        must(session_destroy());
    }
}

$handlers = [
    'POST /inc' => function (): void {
        begin();
        $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    },
    'POST /set' => function (): void {
        begin();
        $_SESSION[$_GET['k']] = $_GET['v'];
    },
    'POST /take' => function (): string {
        begin();
        $code = $_SESSION['code'] ?? '';
        unset($_SESSION['code']);
        return $code;
    },
    'POST /slow' => function (): void {
        begin();
        $_SESSION['slow'] = bin2hex(random_bytes(8));
    },
    'POST /login' => function (): void {
        begin(newCookie: true);
        regenerate();
        $_SESSION['user'] = $_GET['u'];
    },
    'POST /logout' => function (): void {
        begin();
        destroy();
    },
    'POST /renew' => function (): void {
        begin(newCookie: true);
        regenerate();
    },
    'GET /page' => function (): string {
        read();
        work();
        return $_SESSION['user'] ?? '';
    },
    'GET /state' => function (): array {
        read();
        return state($_SESSION);
    },
];
// Without this PHP saves the session at the end of the request, and the answer says nothing of it.
answer($handlers, session_write_close(...));
