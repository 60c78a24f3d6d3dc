from datetime import timedelta

import foundation.http.probes  # noqa: F401  what a doctor asks
from foundation import printed
from foundation.http.access_page import access_page
from foundation.identity.selectors import count_members_changed_since
from foundation.switches.registry import declare_switch
from foundation.switches.states import Kind
from foundation.switches.types import Figure

printed.PAGES.add("access.md", access_page)


def _upsert_preview() -> list[Figure]:
    return [
        Figure("members added or changed in the last 60 minutes", str(count_members_changed_since(timedelta(hours=1))))
    ]


declare_switch(
    "people.upsert",
    Kind.KILL,
    title="Platforms add and change people",
    consequence="Batches of creators and fans are refused with 503; platforms send them again later.",
    scope="all platforms",
    fails="open",
    closes=("POST api:creators", "POST api:fans"),
    preview=_upsert_preview,
)
