"""Payouts by an id, our reference, a rail's number, a file's reference or the creator's name; freezes by their id."""

from __future__ import annotations

from foundation import prepared
from foundation.identity.names import CREATORS_CALLED, name_of_creator
from foundation.money import Money
from foundation.reasons import Reason
from foundation.search import Asked, Finder, Hit, finders
from payouts.freezes.models import Freeze
from payouts.freezes.states import FreezeState, FreezeType
from payouts.life.states import PayoutState

_PAYOUTS = f"""
WITH creator AS ({CREATORS_CALLED}
), found AS (
    SELECT id FROM payout WHERE id = %(id)s::uuid
    UNION SELECT payout_id FROM payout_instruction WHERE id = %(id)s::uuid
    UNION SELECT payout_id FROM payout_instruction WHERE reference = %(words)s::text
    UNION SELECT payout_id FROM payout_instruction WHERE provider_ref = %(words)s::text AND provider_ref <> ''
    UNION (SELECT payout_id FROM payout_instruction JOIN payout_batch ON payout_batch.id = batch_id
        WHERE payout_batch.reference = %(words)s::text LIMIT %(most)s)
    UNION (SELECT latest.id FROM creator CROSS JOIN LATERAL (
        SELECT id FROM payout WHERE creator_id = creator.party_id ORDER BY id DESC LIMIT %(most)s
    ) AS latest)
)
SELECT payout.id, amount_minor, currency, state, rail, (
    {name_of_creator("payout.creator_id")}
)
FROM found JOIN payout USING (id) ORDER BY payout.id DESC LIMIT %(most)s
"""  # noqa: S608 - names alone are put together


def find_payouts(asked: Asked) -> list[Hit]:
    values = {"id": asked.id, "words": asked.words.removeprefix("@"), "most": asked.most}
    return [
        Hit(f"{Money(minor, currency)} to {name or 'a creator'}", f"by {rail}: {PayoutState(state).label}", (id,))
        for id, minor, currency, state, rail, name in prepared.run(_PAYOUTS, values)
    ]


def find_freezes(asked: Asked) -> list[Hit]:
    if asked.id is None:
        return []
    rows = Freeze.objects.filter(pk=asked.id).values_list("pk", "freeze_type", "code", "state")
    return [
        Hit(f"Freeze: {Reason(code).label}", f"{FreezeType(kind).label}: {FreezeState(state).label}", (id,))
        for id, kind, code, state in rows
    ]


finders.add("payouts", Finder("Payouts", "arrow-up", "ops:payout", find_payouts))
finders.add("freezes", Finder("Freezes", "stop", "ops:hold", find_freezes))
