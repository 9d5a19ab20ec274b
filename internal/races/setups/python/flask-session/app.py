"""Flask-Session: a session is read when a request begins, and written when it ends. The cookie is its ID."""

import os

import redis
from flask_session import Session

from flask_site import create_app

app = create_app()
if os.environ["VARIANT"] == "Redis":
    app.config["SESSION_TYPE"] = "redis"
    app.config["SESSION_REDIS"] = redis.from_url(os.environ["REDIS_URL"])
else:
    app.config["SESSION_TYPE"] = "filesystem"
    app.config["SESSION_FILE_DIR"] = os.path.join(os.environ["FOLDER"], "sessions")
Session(app)
