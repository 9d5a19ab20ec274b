"""The handlers of Flask, for its own sessions and those of Flask-Session: session is the same to them."""

import time

from flask import Flask, request, session

import contract


def create_app():
    app = Flask(__name__)
    app.secret_key = "a secret for tests"

    # Flask has opened the session before a handler begins, and saves it after the handler has returned.

    @app.post("/<any(inc, set, take, slow):name>")
    def change(name):
        time.sleep(contract.work(request.args))
        return contract.CHANGES[name](session, request.args)

    @app.post("/login")
    def login():
        time.sleep(contract.work(request.args))
        session["user"] = request.args["u"]
        return ""

    @app.post("/logout")
    def logout():
        time.sleep(contract.work(request.args))
        session.clear()
        return ""

    @app.get("/page")
    def page():
        user = session.get("user", "")
        time.sleep(contract.work(request.args))
        return user

    @app.get("/state")
    def state():
        return contract.state(session, session.get("user", ""))

    @app.post("/<any(renew, revoke):name>")
    def not_offered(name):
        return "", 501

    return app
