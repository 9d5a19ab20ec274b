<?php

declare(strict_types=1);

use Symfony\Component\HttpFoundation\Session\Storage\Handler\PdoSessionHandler;

require 'Symfony/Component/HttpFoundation/autoload.php';

if (getenv('VARIANT') === 'PostgreSQL') {
    (new PdoSessionHandler(getenv('POSTGRES_URL')))->createTable();
}
