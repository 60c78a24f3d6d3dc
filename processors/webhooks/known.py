"""Most of what is told of charges is known from the answer to the charge: that is settled by the batch."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from foundation.retry import retrying
from processors.webhooks.models import ProviderTold

# Money that is taken outweighs whatever is said of its charge, so no row has to be held. Without a proof no number is
# learnt: then the provider is asked.
_SETTLE = """
WITH known AS (
    SELECT told.id, attempt.id AS attempt_id, attempt.payment_id,
        coalesce(told.facts ->> 'transaction_ref', '') AS number
    FROM provider_told AS told
    JOIN payment_attempt AS attempt ON attempt.reference = told.reference AND attempt.provider = told.provider
    JOIN payment ON payment.id = attempt.payment_id
    WHERE told.id = ANY(%s) AND told.claimed_until = %s AND told.state IN ('DUE', 'PARKED') AND told.kind = 'charged'
        AND attempt.result = 'approved' AND attempt.repair_at IS NULL
        AND attempt.raw -> 'decided' IS NULL
        AND payment.state IN ('CAPTURED', 'SETTLED', 'VOIDED')
        AND (told.is_proved OR coalesce(told.facts ->> 'transaction_ref', '') IN ('', attempt.transaction_ref))
), learnt AS (
    UPDATE payment_attempt SET transaction_ref = left(known.number, 120) FROM known
    WHERE payment_attempt.id = known.attempt_id AND payment_attempt.transaction_ref = '' AND known.number <> ''
)
UPDATE provider_told SET state = 'STALE', version = version + 1, why = 'more is known already', tries = tries + 1,
    payment_id = known.payment_id, done_at = fanz_now(), claimed_until = NULL
FROM known WHERE provider_told.id = known.id RETURNING provider_told.id
"""


@retrying
def settle_known(claimed: Sequence[ProviderTold]) -> list[ProviderTold]:
    """Note what tells nothing new; returns the rest, in its order."""
    if not claimed:
        return []
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(_SETTLE, [[told.pk for told in claimed], claimed[0].claimed_until])
        done = {id for (id,) in cursor.fetchall()}
    return [told for told in claimed if told.pk not in done]
