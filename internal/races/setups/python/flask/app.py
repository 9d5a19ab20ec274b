"""Flask's own sessions, which the signed cookie itself holds."""

from flask_site import create_app

app = create_app()
