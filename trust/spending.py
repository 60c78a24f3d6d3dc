"""What was allowed and never taken is not spent: it counts as a try, not as an amount."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

# Both sides by one statement each; whoever is first to say so moves the minute's sum.
_NOT_TAKEN = """
WITH said AS (
    INSERT INTO trust_not_taken (payment_id, at) VALUES (%(payment)s, fanz_now()) ON CONFLICT DO NOTHING RETURNING 1
), judged AS (
    SELECT d.* FROM trust_decision d, said WHERE d.payment_id = %(payment)s AND d.act = 'charge'
        AND d.verdict <> 'refuse' ORDER BY d.id LIMIT 1
)
UPDATE trust_tally t SET amount_minor = greatest(t.amount_minor - judged.amount_minor, 0) FROM judged
WHERE t.act = 'charge' AND t.who IN (judged.platform_id::text, 'all') AND t.currency = judged.currency
    AND t.minute = date_trunc('minute', judged.at)
"""
_TAKEN_AFTER_ALL = """
WITH said AS (
    DELETE FROM trust_not_taken WHERE payment_id = %(payment)s RETURNING 1
), judged AS (
    SELECT d.* FROM trust_decision d, said WHERE d.payment_id = %(payment)s AND d.act = 'charge'
        AND d.verdict <> 'refuse' ORDER BY d.id LIMIT 1
)
UPDATE trust_tally t SET amount_minor = t.amount_minor + judged.amount_minor FROM judged
WHERE t.act = 'charge' AND t.who IN (judged.platform_id::text, 'all') AND t.currency = judged.currency
    AND t.minute = date_trunc('minute', judged.at)
"""


def note_ending(*, payment_id: UUID, is_taken: bool) -> None:
    """A payment ended without money, or was taken after such an end; told again, nothing changes."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_AFTER_ALL if is_taken else _NOT_TAKEN, {"payment": payment_id})
