"""After signing in, everybody lands in their own room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dashboards.rooms import rooms_of


def start(request: HttpRequest) -> HttpResponse:
    rooms = rooms_of(request.user.role_names)  # type: ignore[union-attr]
    return redirect(rooms[0].home) if rooms else render(request, "start/no_role.html")
