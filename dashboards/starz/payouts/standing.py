"""Where a creator stands, what leads upward, what is held and how far it is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.starz.payouts.pages import me
from dashboards.starz.payouts.words import badge_of, held_reason, moments_of
from foundation import clock
from payouts.integrity.rules.scoring import TIERS
from payouts.transparency.selectors import get_standing, list_freezes
from payouts.words import TIERS as MEANINGS
from payouts.words import span


def standing(request: HttpRequest) -> HttpResponse:
    creator_id = me(request)
    found = get_standing(creator_id)
    freezes = list_freezes(creator_id)
    ladder = [(str(tier), MEANINGS[tier], tier == found.tier) for _, tier in TIERS]
    context = {
        "found": found, "ladder": ladder, "history": moments_of(found.history), "at": clock.now(),
        "waits": {
            "now": span(found.escrow.current_hours), "least": span(found.escrow.least_hours),
            "most": span(found.escrow.most_hours),
        },
        "holds": [(one, held_reason(one), badge_of(one.status)) for one in freezes],
    }  # fmt: skip
    return render(request, "starz/standing.html", context)
