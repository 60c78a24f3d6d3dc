"""Coming from a platform: the link its server asked for a moment ago."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from foundation import clock
from foundation.identity.actors import actor_of, address_of
from foundation.identity.login.entering import enter_handed_in
from foundation.identity.login.guards import network_of
from foundation.identity.login.handoffs import open_handoff, use_handoff


@require_http_methods(["GET", "HEAD", "POST"])
def handoff(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; the button does, and nobody is signed in as somebody else unasked."""
    network, at = network_of(address_of(request)), clock.now()
    if request.method == "POST":
        return enter_handed_in(request, use_handoff(token, network=network, by=actor_of(request), at=at))
    entering = open_handoff(token, network=network, at=at)
    is_another = request.user.is_authenticated and request.user != entering.user
    return render(request, "handoff/page.html", {"member": entering.member, "is_another": is_another})
