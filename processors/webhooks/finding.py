"""What providers told, by our number of the call or by the provider's own key of the news."""

from __future__ import annotations

from foundation import prepared
from foundation.search import Asked, Finder, Hit, finders
from processors.webhooks.states import CallState

_CALLS = """
SELECT id, provider, state, received_at FROM webhook_call
WHERE id = %(id)s::uuid OR id = ANY(ARRAY(
    SELECT call_id FROM provider_told
    WHERE provider = ANY(ARRAY(SELECT DISTINCT provider FROM merchant_account)) AND key = %(words)s::text
))
ORDER BY id DESC LIMIT %(most)s
"""


def find_calls(asked: Asked) -> list[Hit]:
    return [
        Hit(f"Call from {provider}", f"{at:%-d %b %Y, %H:%M} UTC: {CallState(state).label}", (id,))
        for id, provider, state, at in prepared.run(_CALLS, {"id": asked.id, "words": asked.words, "most": asked.most})
    ]


finders.add("provider_calls", Finder("What providers told", "mail", "ops:webhook_call", find_calls))
