"""What the handlers of internal/races/README.md do with a session that is a dict, or much like one."""

import uuid


def work(query):
    """Returns the seconds that a request works for."""
    return int(query.get("d") or query.get("ms") or 0) / 1000


def inc(session, query):
    session["n"] = session.get("n", 0) + 1
    return ""


def put(session, query):
    session[query["k"]] = query["v"]
    return ""


def take(session, query):
    return session.pop("code", "")


def slow(session, query):
    session["slow"] = uuid.uuid4().hex
    return ""


# By the names of their routes. Each returns the text to answer with.
CHANGES = {"inc": inc, "set": put, "take": take, "slow": slow}


def state(session, user):
    """Returns the answer to /state. Names that begin with an underscore are the library's own."""
    fields = {k: v for k, v in session.items() if k not in ("n", "user") and not k.startswith("_")}
    return {"user": user, "n": session.get("n", 0), "fields": fields}
