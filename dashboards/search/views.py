"""Search: a page that works alone, and the list inside the palette that Ctrl+K opens over any other."""

from __future__ import annotations

import unicodedata

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dashboards.search.looking import is_written_down, look
from foundation.errors import TooMany
from foundation.http.rates import Rate, spend
from foundation.identity.actors import actor_of
from foundation.search import MOST_WORDS

RATE = Rate("search", 120, 60)


def search(request: HttpRequest) -> HttpResponse:
    words = unicodedata.normalize("NFC", request.GET.get("q", "")).strip()[:MOST_WORDS]
    is_part = request.headers.get("HX-Request") == "true"
    try:
        spend(RATE, actor_of(request).id)
    except TooMany as refusal:
        if not is_part:
            raise
        return render(request, "search/hits.html", {"words": words, "wait": refusal.facts["retry_after"]}, status=429)
    groups = look(request, words)
    lines = [line for group in groups for line in group.lines]
    if words and not is_part and len(lines) == 1:
        return redirect(lines[0].url)
    context = {"words": words, "groups": groups, "count": len(lines), "most": MOST_WORDS}
    context["is_written_down"] = bool(words) and is_written_down(request)
    return render(request, "search/hits.html" if is_part else "search/page.html", context)
