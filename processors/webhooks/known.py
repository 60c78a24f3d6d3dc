"""What is known already costs one statement for a whole batch: most calls tell what the answer to the charge told."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from foundation import prepared
from foundation.retry import retrying
from processors.webhooks.models import ProviderTold

# Money that is taken outweighs whatever is said of its charge, so no row has to be held. What nobody proved tells
# nothing new either where it names the provider's own number of a charge that is never renewed: the number of its
# movement, which only a proof teaches, tells apart renewals alone. An attempt without a number still learns one.
_SETTLE = """
WITH known AS (
    SELECT told.id, told.is_proved, attempt.id AS attempt_id, attempt.payment_id,
        coalesce(told.facts ->> 'transaction_ref', '') AS number
    FROM provider_told AS told
    JOIN payment_attempt AS attempt ON attempt.reference = told.reference AND attempt.provider = told.provider
    JOIN payment ON payment.id = attempt.payment_id
    WHERE told.id = ANY(%s::uuid[]) AND told.claimed_until IS NOT DISTINCT FROM %s::timestamptz
        AND told.state IN ('DUE', 'PARKED') AND told.kind = 'charged'
        AND attempt.result = 'approved' AND attempt.repair_at IS NULL
        AND attempt.raw -> 'decided' IS NULL
        AND payment.state IN ('CAPTURED', 'SETTLED', 'VOIDED')
        AND (attempt.provider_ref <> '' OR told.provider_ref = '')
        AND (told.is_proved OR coalesce(told.facts ->> 'transaction_ref', '') IN ('', attempt.transaction_ref)
             OR (payment.subscription_id IS NULL AND attempt.provider_ref <> ''
                 AND told.provider_ref = attempt.provider_ref
                 AND told.amount_minor = attempt.amount_minor AND told.currency = attempt.currency))
), learnt AS (
    UPDATE payment_attempt SET transaction_ref = left(known.number, 120) FROM known
    WHERE payment_attempt.id = known.attempt_id AND known.is_proved AND known.number <> ''
        AND payment_attempt.transaction_ref = ''
)
UPDATE provider_told SET state = 'STALE', version = version + 1, why = 'more is known already', tries = tries + 1,
    payment_id = known.payment_id, done_at = fanz_now(), claimed_until = NULL
FROM known WHERE provider_told.id = known.id RETURNING provider_told.id
"""
# The call it tells of has not come back yet: its answer is worth more than asking.
_LET_ANSWERS_COME = """
UPDATE provider_told SET due_at = due_at + interval '2 seconds' FROM payment_attempt AS attempt
WHERE provider_told.id = ANY(%s::uuid[]) AND provider_told.state = 'DUE' AND provider_told.is_to_ask
    AND provider_told.claimed_until IS NULL AND provider_told.due_at = provider_told.received_at
    AND attempt.reference = provider_told.reference AND attempt.provider = provider_told.provider
    AND attempt.state = 'SENT' AND attempt.sent_at > fanz_now() - interval '10 seconds'
"""


@retrying
def settle_known(claimed: Sequence[ProviderTold]) -> list[ProviderTold]:
    """Note what tells nothing new; returns the rest, in its order."""
    if not claimed:
        return []
    with transaction.atomic():
        values = [[told.pk for told in claimed], claimed[0].claimed_until]
        done = {id for (id,) in prepared.run(_SETTLE, values)}
    return [told for told in claimed if told.pk not in done]


def settle_read(told: Sequence[UUID]) -> None:
    """The same for what was stored just now, in the transaction that stored it; nobody has to claim it first."""
    prepared.run(_SETTLE, [list(told), None])
    prepared.run(_LET_ANSWERS_COME, [list(told)])
