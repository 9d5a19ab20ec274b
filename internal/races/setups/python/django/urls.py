"""The routes, and what answers them."""

import secrets
import time

from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpResponse, JsonResponse
from django.urls import path, register_converter
from django.urls.converters import StringConverter
from django.views.decorators.http import require_GET, require_POST

import contract


class Change(StringConverter):
    regex = "|".join(contract.CHANGES)


register_converter(Change, "change")


def begin(request):
    """Asks who is signed in, which reads the session, and works. The middleware saves the session after the view has returned."""
    user = request.user.get_username()
    time.sleep(contract.work(request.GET))
    return user


@require_POST
def change(request, name):
    begin(request)
    return HttpResponse(contract.CHANGES[name](request.session, request.GET))


@require_POST
def login(request):
    begin(request)
    user, _ = User.objects.get_or_create(username=request.GET["u"])
    auth.login(request, user)  # cycles the session's key and keeps its data
    return HttpResponse()


@require_POST
def logout(request):
    begin(request)
    auth.logout(request)  # deletes the session
    return HttpResponse()


@require_POST
def renew(request):
    begin(request)
    request.session.cycle_key()
    return HttpResponse()


@require_POST
def revoke(request):
    """Sets another password: every session holds a hash of it, and those with the old one are signed out when they are used next."""
    begin(request)
    request.user.set_password(secrets.token_urlsafe())
    request.user.save()
    auth.update_session_auth_hash(request, request.user)
    return HttpResponse()


@require_GET
def page(request):
    return HttpResponse(begin(request))


@require_GET
def state(request):
    return JsonResponse(contract.state(request.session, request.user.get_username()))


urlpatterns = [
    path("<change:name>", change),
    path("login", login),
    path("logout", logout),
    path("renew", renew),
    path("revoke", revoke),
    path("page", page),
    path("state", state),
]
