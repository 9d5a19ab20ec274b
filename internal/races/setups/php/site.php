<?php

// What the applications share: the routes, the work, and what becomes of errors.

declare(strict_types=1);

// answer runs the handler of the request's route, has the session saved, and then answers with what the handler has returned.
function answer(array $handlers, callable $save): void
{
    $route = $_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
    if (!isset($handlers[$route])) {
        http_response_code(501);
        return;
    }
    try {
        $body = $handlers[$route]();
        $save();
    } catch (Throwable $e) {
        error_log($e->getMessage());
        http_response_code(500);
        return;
    }
    if (is_array($body)) {
        header('Content-Type: application/json');
        $body = json_encode($body, JSON_THROW_ON_ERROR);
    }
    echo $body;
}

// throw_errors makes an exception of each warning and notice, as frameworks do. Without it PHP logs them, and goes on.
function throw_errors(): void
{
    set_error_handler(static function (int $level, string $message, string $file, int $line): bool {
        if ((error_reporting() & $level) === 0) {
            return false;
        }
        throw new ErrorException($message, 0, $level, $file, $line);
    });
}

// work is what the handler is busy with.
function work(): void
{
    usleep(1000 * (int) ($_GET['d'] ?? $_GET['ms'] ?? 0));
}

// state is the answer of /state.
function state(array $session): array
{
    $fields = array_diff_key($session, ['user' => '', 'n' => 0, 'destroyed' => 0, 'new_session_id' => '']);
    return ['user' => $session['user'] ?? '', 'n' => $session['n'] ?? 0, 'fields' => (object) $fields];
}
