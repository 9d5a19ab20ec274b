"""Starlette's SessionMiddleware, whose signed cookie itself holds the session."""

import asyncio

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

import contract

# The middleware has read the session before a handler begins, and writes the cookie when its response starts.


async def change(request):
    await asyncio.sleep(contract.work(request.query_params))
    name = request.url.path.removeprefix("/")
    return PlainTextResponse(contract.CHANGES[name](request.session, request.query_params))


async def login(request):
    await asyncio.sleep(contract.work(request.query_params))
    request.session["user"] = request.query_params["u"]
    return PlainTextResponse()


async def logout(request):
    await asyncio.sleep(contract.work(request.query_params))
    request.session.clear()
    return PlainTextResponse()


async def page(request):
    user = request.session.get("user", "")
    await asyncio.sleep(contract.work(request.query_params))
    return PlainTextResponse(user)


async def state(request):
    return JSONResponse(contract.state(request.session, request.session.get("user", "")))


async def not_offered(request):
    return PlainTextResponse(status_code=501)


app = Starlette(
    routes=[
        *(Route("/" + name, change, methods=["POST"]) for name in contract.CHANGES),
        Route("/login", login, methods=["POST"]),
        Route("/logout", logout, methods=["POST"]),
        Route("/page", page),
        Route("/state", state),
        Route("/renew", not_offered, methods=["POST"]),
        Route("/revoke", not_offered, methods=["POST"]),
    ],
    middleware=[Middleware(SessionMiddleware, secret_key="a secret for tests")],
)
