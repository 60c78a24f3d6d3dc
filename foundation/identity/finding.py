"""People, by what somebody wrote: a whole address, whole words of a name, a name on a platform, a number."""

from __future__ import annotations

from foundation import prepared
from foundation.identity.personal import normalise, word_hash
from foundation.identity.roles import PEOPLE_READERS
from foundation.search import Asked, Finder, Hit, finders

MOST_NAMES = 6
_PEOPLE = """
WITH found (id) AS (
    SELECT id FROM party WHERE id = %(id)s::uuid
    UNION (SELECT party_id FROM personal_word WHERE word = ANY(%(hashes)s::bytea[])
        GROUP BY party_id HAVING count(DISTINCT word) = cardinality(%(hashes)s::bytea[]) LIMIT 50)
    UNION SELECT party_id FROM membership WHERE upper(handle) = upper(%(handle)s::text)
    UNION SELECT party_id FROM membership WHERE platform_id = ANY(ARRAY(SELECT id FROM platform))
        AND role = ANY(ARRAY['creator', 'fan']) AND external_id = %(words)s::text
    UNION SELECT party_id FROM fanz_user WHERE email = lower(%(words)s::text) AND party_id IS NOT NULL
)
SELECT found.id, array_agg(DISTINCT coalesce(nullif(handle, ''), external_id)) FILTER (WHERE membership.id IS NOT NULL),
    array_agg(DISTINCT platform.name || ' ' || role) FILTER (WHERE membership.id IS NOT NULL)
FROM found LEFT JOIN membership ON membership.party_id = found.id LEFT JOIN platform ON platform.id = platform_id
GROUP BY found.id ORDER BY found.id DESC LIMIT %(most)s
"""


def find_people(asked: Asked) -> list[Hit]:
    names = normalise(asked.words).split()[:MOST_NAMES]
    values = {
        "id": asked.id, "words": asked.words, "handle": asked.words.removeprefix("@"), "most": asked.most,
        "hashes": sorted({word_hash(name) for name in names}),
    }  # fmt: skip
    return [
        Hit(", ".join(called or [f"party …{str(id)[-12:]}"]), ", ".join(places or []), (id,))
        for id, called, places in prepared.run(_PEOPLE, values)
    ]


finders.add(
    "people",
    Finder(
        "People", "people", "admin:identity_party_change", find_people, roles=PEOPLE_READERS, shows_people=True
    ),
)  # fmt: skip
