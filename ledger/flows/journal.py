"""From legs to postings: one journal per fact, posted once however often it is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from foundation.errors import PayloadMismatch
from foundation.ids import named_id
from foundation.money import Money
from ledger import chart
from ledger.calls import call
from ledger.rules.legs import Leg, Moved, Source, leg_id
from ledger.selectors import list_journal
from ledger.selectors.asking import ask
from ledger.services import MOST_POSTINGS, open_accounts, post_many
from ledger.types import AccountKey, Posting

LOCK = "SELECT purpose, platform_id, source, posted, held FROM ledger_lock_creator(%s::uuid, %s::text)"
KNOWN = "SELECT path, id FROM ledger_account WHERE path = ANY (%s::text[])"
MOVED = """
SELECT k.id, r.amount, coalesce(t.reversed, 0), r.currency, r.meta->>'creator',
    d.kind, d.purpose, d.party_id, d.platform_id, d.source, c.kind, c.purpose, c.party_id, c.platform_id, c.source
FROM ledger_transfer_key k JOIN ledger_row r ON r.debit_account = k.debit_account AND r.debit_slot = k.debit_slot
    AND r.debit_version = k.debit_version AND r.recorded_at = k.recorded_at
JOIN ledger_account d ON d.id = r.debit_account JOIN ledger_account c ON c.id = r.credit_account
LEFT JOIN ledger_reversed t ON t.id = k.id
WHERE k.id = ANY (%s::uuid[])
"""
Known = dict[str, int]
"""Accounts that there are, by their path."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What became of a flow; `is_new` is False when it had been posted before."""

    id: UUID
    is_new: bool
    legs: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A creator's money in one currency, locked until the transaction ends."""

    sources: tuple[Source, ...]
    owed: Money

    def free(self, key: AccountKey) -> Source:
        """This account with what may leave it; nothing when it was never opened."""
        return next((s for s in self.sources if s.account == key), Source(key, Money.zero(key.currency)))


def post_legs(
    *, journal_id: UUID, legs: Iterable[Leg], effective_at: datetime | None = None, known: Known | None = None
) -> Journal:
    """Open the accounts that are missing and post the legs, all or none; told twice, posted once.

    `known`: what was asked about their accounts just now. Refuses what `post_many` refuses.
    """
    with transaction.atomic():
        postings = _postings([(journal_id, legs, effective_at)], known)
        posted = post_many(postings)
    return Journal(journal_id, any(row.is_new for row in posted), tuple(row.id for row in posted))


def post_journals(journals: Iterable[tuple[UUID, Iterable[Leg], datetime | None]]) -> None:
    """Post many journals, all or none, each as `post_legs` would."""
    with transaction.atomic():
        postings = _postings(journals)
        for start in range(0, len(postings), MOST_POSTINGS):
            post_many(postings[start : start + MOST_POSTINGS])


def _postings(
    journals: Iterable[tuple[UUID, Iterable[Leg], datetime | None]], known: Known | None = None
) -> list[Posting]:
    moving = [
        (journal_id, effective_at, nth, leg)
        for journal_id, legs, effective_at in journals
        for nth, leg in _numbered(legs)
        if leg.amount
    ]
    accounts = _accounts((key for *_, leg in moving for key in (leg.debit, leg.credit)), known)
    return [
        Posting(
            id=leg_id(journal_id, leg.kind, nth),
            journal_id=journal_id,
            debit=accounts[leg.debit],
            credit=accounts[leg.credit],
            amount=leg.amount,
            kind=leg.kind,
            effective_at=effective_at,
            meta=leg.meta,
            reverses=leg.reverses,
        )
        for journal_id, effective_at, nth, leg in moving
    ]


def post_filling_debt(
    *,
    journal_id: UUID,
    asked: dict[str, Any],
    creator_id: UUID,
    currency: str,
    legs: Callable[[Money], Iterable[Leg]],
    effective_at: datetime | None = None,
) -> Journal:
    """Post money that comes to a creator; what they owe is filled first. Who never owed anything waits for nobody."""
    asked, receivable = {**asked, "creator_id": creator_id}, chart.creator("receivable", creator_id, currency)
    told = list(stamped(legs(Money.zero(currency)), asked, creator_id, effective_at))
    known = _known([receivable, *(key for leg in told for key in (leg.debit, leg.credit))])
    if receivable.path in known:
        return post_decided(
            journal_id=journal_id, asked=asked, creator_id=creator_id, currency=currency,
            decide=lambda standing: legs(standing.owed), effective_at=effective_at,
        )  # fmt: skip
    return post_legs(journal_id=journal_id, legs=told, effective_at=effective_at, known=known)


def post_decided(
    *,
    journal_id: UUID,
    asked: dict[str, Any],
    creator_id: UUID,
    currency: str,
    decide: Callable[[Standing], Iterable[Leg]],
    effective_at: datetime | None = None,
) -> Journal:
    """Post legs that depend on what the creator has and owes at this moment.

    Told again, the first answer stands, whatever the balances are by then. PayloadMismatch when `asked` differs.
    """
    with transaction.atomic():
        standing = lock_creator(creator_id, currency)
        if known := list_journal(journal_id):
            if (known[0].meta or {}).get("asked") != _fingerprint(asked, effective_at):
                raise PayloadMismatch(
                    "ledger.other_payload", "This id was used for another journal.", journal_id=str(journal_id)
                )
            return Journal(journal_id, False, tuple(row.id for row in known))
        told = stamped(decide(standing), asked, creator_id, effective_at)
        return post_legs(journal_id=journal_id, legs=told, effective_at=effective_at)


def posted_before(journal_id: UUID) -> Journal | None:
    """The journal with this id, if it stands."""
    known = list_journal(journal_id)
    return Journal(journal_id, False, tuple(row.id for row in known)) if known else None


def lock_creator(creator_id: UUID, currency: str) -> Standing:
    """What a creator has and owes in a currency; nobody else moves it until the transaction ends."""
    sources, owed = [], Money.zero(currency)
    for purpose, platform_id, source, posted, held in call(LOCK, [creator_id, currency]):
        key = AccountKey("creator", purpose, currency, creator_id, platform_id, source)
        if purpose == "receivable":
            owed = Money(max(0, -posted), currency)
        else:
            sources.append(Source(key, Money(posted - held, currency)))
    return Standing(tuple(sources), owed)


def moved(ids: Iterable[UUID]) -> dict[UUID, Moved]:
    """Posted legs by id, with their accounts and what was taken back of them; those never posted are left out."""
    return {
        id: Moved(
            id=id,
            debit=AccountKey(parts[0], parts[1], currency, *parts[2:5]),
            credit=AccountKey(parts[5], parts[6], currency, *parts[7:]),
            amount=Money(amount, currency),
            reversed=Money(back, currency),
        )
        for id, amount, back, currency, _, *parts in ask(MOVED, [list(ids)])
    }


def creator_of(id: UUID) -> UUID | None:
    """Whose flow a journal's first leg began."""
    rows = ask(MOVED, [[id]])
    return UUID(rows[0][4]) if rows and rows[0][4] else None


def is_opened(key: AccountKey) -> bool:
    return bool(opened([key]))


def opened(keys: Iterable[AccountKey]) -> set[AccountKey]:
    """Those of these accounts that there are."""
    by_path = {key.path: key for key in keys}
    return {by_path[path] for path in _known(by_path.values())}


def _known(keys: Iterable[AccountKey]) -> Known:
    return dict(ask(KNOWN, [list({key.path for key in keys})]))


def stamped(
    legs: Iterable[Leg], asked: dict[str, Any], creator_id: UUID, effective_at: datetime | None
) -> Iterator[Leg]:
    """The first leg that moves something carries what was asked and for whom."""
    meta = {"asked": _fingerprint(asked, effective_at), "creator": str(creator_id)}
    for leg in legs:
        if leg.amount and meta:
            yield replace(leg, meta={**(leg.meta or {}), **meta})
            meta = {}
        else:
            yield leg


def _fingerprint(asked: dict[str, Any], effective_at: datetime | None) -> str:
    """One word for what was asked, to tell a repeat from another wish under the same id."""
    asked = {**asked, "effective_at": effective_at}
    return str(named_id("ledger.asked", *(f"{name}={asked[name]}" for name in sorted(asked))))


def _numbered(legs: Iterable[Leg]) -> Iterator[tuple[int, Leg]]:
    """Legs with their number among those of the same kind."""
    counts: Counter[str] = Counter()
    for leg in legs:
        yield counts[leg.kind], leg
        counts[leg.kind] += 1


def _accounts(keys: Iterable[AccountKey], known: Known | None = None) -> dict[AccountKey, int]:
    """The accounts' ids; nearly always all are there, which is one question."""
    wanted = {chart.check(key) for key in keys}
    known = _known(wanted) if known is None else known
    found = {key: known[key.path] for key in wanted if key.path in known}
    return found | open_accounts(wanted - found.keys())
