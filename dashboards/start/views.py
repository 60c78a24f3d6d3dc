"""After signing in, everybody lands in their own room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dashboards.rooms import rooms_of
from foundation.identity.actors import actor_of


def start(request: HttpRequest) -> HttpResponse:
    rooms = rooms_of(actor_of(request).roles)
    return redirect(rooms[0].home) if rooms else render(request, "start/no_role.html")
