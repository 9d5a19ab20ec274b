"""The settings: those of a new project, with what the sessions need and nothing else."""

import os
from urllib.parse import urlsplit

VARIANT = os.environ["VARIANT"]
SECRET_KEY = "a secret for tests"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
# CsrfViewMiddleware stays off: the requests come of no form.
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

postgres = urlsplit(os.environ["POSTGRES_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": postgres.hostname,
        "PORT": postgres.port,
        "USER": postgres.username,
        "PASSWORD": postgres.password or "",
        "NAME": postgres.path.removeprefix("/"),
        "CONN_MAX_AGE": None,  # a connection is kept for each thread
    }
}

SESSION_ENGINE = "django.contrib.sessions.backends." + VARIANT
if VARIANT != "db":
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
            "OPTIONS": {"CLIENT_CLASS": "django_redis.client.DefaultClient"},
        }
    }

# As for tests: a slow hash of the new password would have /revoke wait until the requests beside it are over.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"errors": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "loggers": {"django": {"handlers": ["errors"], "propagate": False}},
}
