"""What has to be true after every step, and at the end of a seed when nothing is on its way any more.

Each check reads whole tables at once and returns what should not be so. What a provider or the rail truly did is asked
of their own books.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from fanzmoney.trials.simulator.outside import Outside
from foundation import prepared
from foundation.seal.services import seal_source
from foundation.seal.verify import verify_all
from ledger.verification import verify
from ledger.verification.checks import CHECKS
from payouts.freezes.states import STOPS
from payouts.life.models import Payout
from payouts.life.states import WITH_RAIL, WITH_US
from processors.payments.models import Attempt, Payment

EVERY_STEP = ("zero", "floors", "passing", "balances", "reversals", "holds")
NAMED = {":with_us": WITH_US, ":with_rail": WITH_RAIL, ":stops": STOPS}
"""Lists of states, as the statements name them."""

# A payment that was taken is on the books once, and told once.
CAPTURES = """
SELECT 'payment ' || p.id, format('%s took %s, the books say %s, told %s times', p.state, p.captured_minor,
    coalesce(b.paid, 0), coalesce(o.told, 0))
FROM payment p
LEFT JOIN (SELECT journal_id, sum(amount) AS paid FROM ledger_row WHERE kind = 'sale.paid' AND reverses IS NULL
    GROUP BY 1) b ON b.journal_id = p.sale_journal
LEFT JOIN (SELECT payload ->> 'payment_id' AS id, count(*) AS told FROM outbox WHERE type = 'txn.capture' GROUP BY 1) o
    ON o.id = p.id::text
WHERE p.captured_minor <> coalesce(b.paid, 0) OR (p.captured_minor > 0) <> (coalesce(o.told, 0) = 1)
"""
# What a payment says was given and taken back is what its refunds and disputes make, and never more than was taken.
GIVEN_BACK = """
SELECT 'payment ' || p.id, format('took %s, gave back %s (refunds make %s), %s disputed (disputes make %s)',
    p.captured_minor, p.refunds_minor, coalesce(r.minor, 0), p.disputed_minor, coalesce(d.minor, 0))
FROM payment p
LEFT JOIN (SELECT payment_id, sum(amount_minor) AS minor FROM refund
    WHERE state NOT IN ('REQUESTED', 'REJECTED', 'FAILED') GROUP BY 1) r ON r.payment_id = p.id
LEFT JOIN (SELECT payment_id, sum(amount_minor) AS minor FROM dispute WHERE state <> 'WON' GROUP BY 1) d
    ON d.payment_id = p.id
WHERE p.refunds_minor <> coalesce(r.minor, 0) OR p.disputed_minor <> coalesce(d.minor, 0)
    OR (p.refunds_minor + p.disputed_minor > p.captured_minor AND NOT p.is_paid_back_twice)
"""
# What providers owe us is what they took, less what went back by them, by banks, and for disputes.
CLEARING = """
WITH wanted AS (
    SELECT merchant, sum(minor) AS minor FROM (
        SELECT merchant_account_id, captured_minor FROM payment WHERE captured_minor > 0
        UNION ALL
        SELECT merchant_account_id, -amount_minor FROM refund WHERE state IN ('SUCCEEDED', 'MANUAL_SETTLED')
        UNION ALL
        SELECT p.merchant_account_id, -d.fee_minor - CASE WHEN d.state = 'WON' THEN 0 ELSE d.amount_minor END
        FROM dispute d JOIN payment p ON p.id = d.payment_id
        UNION ALL
        SELECT a.source, r.amount FROM ledger_row r JOIN ledger_account a ON a.id = r.debit_account
        WHERE r.kind = 'trial'
    ) AS each (merchant, minor) GROUP BY 1
), booked AS (
    SELECT a.source AS merchant, -sum(b.posted) AS minor FROM ledger_account a JOIN ledger_balance b
    ON b.account_id = a.id WHERE a.kind = 'processor' AND a.purpose = 'clearing' GROUP BY 1
)
SELECT merchant, format('owes us %s, the books say %s', coalesce(w.minor, 0), coalesce(b.minor, 0))
FROM wanted w FULL JOIN booked b USING (merchant) WHERE coalesce(w.minor, 0) <> coalesce(b.minor, 0)
"""
# The creators' money that is kept back or on its way is that of their payouts, to the cent.
PURSES = """
WITH wanted AS (
    SELECT creator_id, coalesce(sum(amount_minor) FILTER (WHERE state = ANY(:with_us)), 0) AS escrow,
        coalesce(sum(amount_minor - fee_minor) FILTER (WHERE state = ANY(:with_rail)), 0) AS in_transit
    FROM payout GROUP BY 1
), held AS (
    SELECT a.party_id, coalesce(sum(b.posted) FILTER (WHERE a.purpose = 'escrow'), 0) AS escrow,
        coalesce(sum(b.posted) FILTER (WHERE a.purpose = 'in_transit'), 0) AS in_transit
    FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
    WHERE a.kind = 'creator' AND a.purpose IN ('escrow', 'in_transit') GROUP BY 1
)
SELECT 'creator ' || coalesce(creator_id, party_id), format('%s in escrow, %s on its way, the books say %s and %s',
    coalesce(w.escrow, 0), coalesce(w.in_transit, 0), coalesce(h.escrow, 0), coalesce(h.in_transit, 0))
FROM wanted w FULL JOIN held h ON h.party_id = w.creator_id
WHERE coalesce(w.escrow, 0) <> coalesce(h.escrow, 0) OR coalesce(w.in_transit, 0) <> coalesce(h.in_transit, 0)
"""
# Of one payout at most one instruction is open or done, and a frozen payout has none.
INSTRUCTIONS = """
SELECT 'payout ' || p.id, format('is %s with %s instructions that may pay it', p.state, count(i.id))
FROM payout p JOIN payout_instruction i ON i.payout_id = p.id AND i.state NOT IN ('NOT_SENT', 'REFUSED')
GROUP BY p.id HAVING count(i.id) > 1 OR p.state = 'FROZEN'
"""
# Whoever is stopped is stopped: no payout of theirs that could still leave goes on.
FREEZES = """
SELECT 'payout ' || p.id, format('is %s under a freeze of %s', p.state, f.freeze_type)
FROM payout p JOIN payout_freeze f ON f.state = ANY(:stops) AND f.creator_id = p.creator_id
    AND (f.payout_id = p.id OR f.freeze_type = 'ACCOUNT')
WHERE p.state IN ('IN_ESCROW', 'APPROVED', 'QUEUED', 'PREPARED', 'SENT') AND p.requested_at <= f.frozen_at
"""
# News are heard in order without a gap, and nothing is parked.
HEARD = """
SELECT 'letter ' || id, format('%s could not hear %s: %s', "group", event_type, error) FROM parked_letter
WHERE state <> 'settled'
"""
CHECKS_OF_OURS = {
    "captures": CAPTURES, "given back": GIVEN_BACK, "clearing": CLEARING, "purses": PURSES,
    "instructions": INSTRUCTIONS, "freezes": FREEZES, "heard": HEARD,
}  # fmt: skip
STOPPED = """
SELECT p.id FROM payout p WHERE p.state = 'FROZEN' OR EXISTS (SELECT FROM payout_freeze f
    WHERE f.state = ANY(:stops) AND (f.payout_id = p.id OR (f.freeze_type = 'ACCOUNT' AND f.creator_id = p.creator_id
    AND p.state IN ('REQUESTED', 'SCREENED', 'IN_ESCROW', 'FROZEN', 'APPROVED', 'QUEUED'))))
"""
DIGEST = """
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(' ', state, captured_minor, refunds_minor, disputed_minor), ',' ORDER BY id)
        FROM payment),
    (SELECT string_agg(concat_ws(' ', state, amount_minor, is_void), ',' ORDER BY id) FROM refund),
    (SELECT string_agg(concat_ws(' ', state, amount_minor), ',' ORDER BY id) FROM dispute),
    (SELECT string_agg(concat_ws(' ', state, amount_minor, fee_minor), ',' ORDER BY id) FROM payout),
    (SELECT string_agg(concat_ws(' ', state, number), ',' ORDER BY id) FROM payout_instruction),
    (SELECT string_agg(concat_ws(' ', state, freeze_type, code), ',' ORDER BY id) FROM payout_freeze),
    (SELECT string_agg(said, ',' ORDER BY said) FROM (
        SELECT concat_ws(' ', kind, purpose, sum(posted), sum(held)) AS said
        FROM ledger_account JOIN ledger_balance ON account_id = id GROUP BY kind, purpose) AS books),
    (SELECT string_agg(concat_ws(' ', kind, state, times_told), ',' ORDER BY id) FROM provider_told),
    (SELECT string_agg(said, ',' ORDER BY said) FROM (SELECT concat_ws(' ', type, count(*)) AS said FROM outbox
        GROUP BY type) AS news)))
"""


@dataclass
class Oracle:
    """Looks after every step; remembers only what was stopped before it, and what the rail had taken by then."""

    outside: Outside
    stopped: set[UUID] = field(default_factory=set)
    taken: dict[UUID, int] = field(default_factory=dict)

    def look(self) -> Iterator[str]:
        """What is not as it has to be at any moment."""
        yield from _found({name: CHECKS[name] for name in EVERY_STEP} | CHECKS_OF_OURS)
        yield from self._transfers()
        self.stopped = {UUID(str(id)) for (id,) in _rows(STOPPED)}

    def look_at_the_end(self) -> Iterator[str]:
        """What is not as it has to be when all is known."""
        yield from self.look()
        yield from (f"{f.check}: {f.subject} {f.detail}" for f in verify(with_seals=False).findings)
        for source in ("ledger", "audit"):
            seal_source(source)
            found = verify_all(source, advance=lambda _: None).findings
            yield from (f"seals of {source}: block {one.block} {one.kind} {one.detail}" for one in found)
        yield from self._payments()
        yield from self._payouts()

    def digest(self) -> str:
        ((said,),) = _rows(DIGEST)
        return str(said)[:12]

    def _transfers(self) -> Iterator[str]:
        """Each payout is taken by the rail once at most, as we told it, and not while it was stopped."""
        for line in self.outside.new_transfers():
            payout = Payout.objects.filter(instructions__reference=line["reference"]).first()
            if payout is None:
                yield f"the rail took {line['reference']}, which we never sent"
                continue
            self.taken[payout.pk] = self.taken.get(payout.pk, 0) + 1
            if self.taken[payout.pk] > 1:
                yield f"the rail took payout {payout.pk} {self.taken[payout.pk]} times"
            if line["amount_minor"] != payout.amount_minor - payout.fee_minor:
                yield f"the rail took {line['amount_minor']} of payout {payout.pk}"
            if payout.pk in self.stopped:
                yield f"the rail took payout {payout.pk} while it was stopped"
        for payout in Payout.objects.filter(state__in=["PAID", "RETURNED"]).exclude(pk__in=self.taken):
            yield f"payout {payout.pk} is {payout.state}, and the rail never took it"

    def _payouts(self) -> Iterator[str]:
        for payout in Payout.objects.all():
            if payout.state in WITH_RAIL:
                yield f"payout {payout.pk} is still {payout.state}"
            elif (payout.state in ("PAID", "RETURNED")) != (payout.pk in self.taken):
                yield f"payout {payout.pk} is {payout.state}, the rail took it {self.taken.get(payout.pk, 0)} times"

    def _payments(self) -> Iterator[str]:
        """What stands in a provider's book stands in ours, once."""
        for payment in Payment.objects.prefetch_related("attempts", "refunds"):
            charged = given = undecided = 0
            for attempt in payment.attempts.all():
                more, back, open_there = self._of(attempt)
                charged, given, undecided = charged + more, given + back, undecided + open_there
            if charged > 1:
                yield f"payment {payment.pk} was charged {charged} times"
            if bool(charged) != (payment.captured_minor > 0):
                yield f"payment {payment.pk} is {payment.state}, charged there {charged} times"
            if payment.state in ("PROCESSING", "UNKNOWN") and not undecided:
                yield f"payment {payment.pk} is still {payment.state}"
            ours = sum(one.amount_minor for one in payment.refunds.all() if one.state == "SUCCEEDED")
            # DataLink only counts refunds: one of ours whose answer was lost is taken for one of CCBill's own until
            # that is told. Then more went back than came, which is flagged and calls a person.
            if ours != given and not payment.is_paid_back_twice:
                yield f"payment {payment.pk} gave back {ours}, its provider says {given}"

    def _of(self, attempt: Attempt) -> tuple[int, int, int]:
        """How often this attempt was charged there, how much of it went back, and what is not decided there."""
        if attempt.provider == "ccbill":
            sales = self.outside.sales(attempt.reference)
            back = [_minor(one["amount"] if one["voided"] else one["refunded"]) for one in sales]
            return len(sales), sum(back), 0
        known = self.outside.invoices(attempt.reference)
        paid = [one for one in known["invoices"] if one["status"] in ("confirmed", "complete")]
        late = [one for one in known["invoices"] if one["exception"] == "paidLate"]
        back = [_minor(one["amount"]) for one in known["refunds"] if one["status"] == "success"]
        return len(paid), sum(back), len(late)


def _minor(text: object) -> int:
    return int(Decimal(str(text)).scaleb(2))


def _found(checks: dict[str, str]) -> Iterator[str]:
    for name, statement in checks.items():
        for subject, wrong in _rows(statement):
            yield f"{name}: {subject} {wrong}"


def _rows(statement: str) -> list[tuple[Any, ...]]:
    """What it finds; planned by the server once, for it is asked after every step."""
    for name, states in NAMED.items():
        statement = statement.replace(name, f"'{{{','.join(states)}}}'")
    return prepared.run(statement.replace("%", "%%"))
