"""What a freeze does to money, by its scope, and how that is undone. Rows are held in one order everywhere: payouts
by id, then the creator when it covers everything, then the freeze, then holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from foundation.actors import Actor
from foundation.errors import Conflict, NotFound
from foundation.identity.models import Party
from foundation.ids import named_id
from foundation.money import Money
from foundation.reasons import Reason
from foundation.restrictions.selectors import list_restrictions
from foundation.restrictions.services import end_restriction, place_restriction
from foundation.restrictions.types import Kind
from ledger import flows
from ledger.selectors import list_accounts
from ledger.types import AccountKey
from payouts.freezes.errors import refusal
from payouts.freezes.models import Freeze
from payouts.freezes.services.amounts import HOLDABLE, segment
from payouts.freezes.states import STOPS, FreezeType
from payouts.life.models import Payout
from payouts.life.services import freeze_payout, unfreeze_payout
from payouts.life.states import WITH_US, PayoutState
from processors.payments.services import hold_disputed


def hold_rows(freeze_type: str, creator_id: UUID, payout_id: UUID | None) -> None:
    """Lock what a freeze of this scope is decided by, before its own row."""
    if freeze_type == FreezeType.PAYOUT and payout_id is not None:
        payout = Payout.objects.select_for_update(of=("self",)).filter(pk=payout_id).only("creator_id").first()
        if payout is None:
            raise refusal("freezes.not_found")
        if payout.creator_id != creator_id:
            raise refusal("freezes.not_theirs")
    elif freeze_type == FreezeType.ACCOUNT:
        # Payouts before the party: a run that holds one writes rows that name the party.
        with_us = Payout.objects.filter(creator_id=creator_id, state__in=[str(state) for state in WITH_US])
        list(with_us.select_for_update(of=("self",)).order_by("pk").only("pk"))
        try:
            Party.objects.locked(creator_id)
        except NotFound:
            raise refusal("freezes.no_creator") from None
    elif freeze_type == FreezeType.WALLET_SEGMENT:
        # Before the balances: whoever freezes everything has the creator first, and what is told here names them.
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM party WHERE id = %s FOR KEY SHARE", [creator_id])


def stop_money(row: Freeze, *, by: Actor, at: datetime) -> None:
    """Stop exactly what the freeze covers. Conflict when a payout is on its way, or there is nothing to hold."""
    if row.freeze_type == FreezeType.PAYOUT:
        freeze_payout(payout_id=_payout_of(row), code=row.code, by=by, at=at)
    elif row.freeze_type == FreezeType.WALLET_SEGMENT:
        held = flows.freeze_part(
            freeze_id=row.pk, keys=segment(row), amount=Money(row.amount_minor or 0, row.currency),
            subject=row.hold_subject, reason=str(row.pk),
        )  # fmt: skip
        if not held:
            raise refusal("freezes.nothing_there")
    elif row.freeze_type == FreezeType.ACCOUNT:
        hold_everything(row, event_id=row.pk)
        place_restriction(
            party_id=row.creator_id, kind=Kind.PAYOUTS_BLOCKED, source=_restriction(row.pk), reason=row.code, by=by,
            at=at,
        )  # fmt: skip
        for payout_id in _ids(_leaving(row.creator_id)):
            _freeze_unless_gone(payout_id, row.code, by, at)


def let_go(row: Freeze, *, by: Actor, at: datetime) -> None:
    """Undo what the freeze did, as far as nothing else covers it."""
    if row.freeze_type == FreezeType.PAYOUT:
        _unfreeze_uncovered([_payout_of(row)], by, at)
    elif row.freeze_type == FreezeType.WALLET_SEGMENT:
        flows.lift_freeze(keys=segment(row), subject=row.hold_subject, reason=str(row.pk))
        _claims_first(row, row.currency)
    elif row.freeze_type == FreezeType.ACCOUNT:
        for currency, keys in _money_of(row.creator_id):
            flows.unfreeze_all(keys=keys, reason=str(row.pk))
            _claims_first(row, currency)
        for line in list_restrictions(row.creator_id):
            if line.source == _restriction(row.pk) and line.ended_at is None:
                end_restriction(restriction_id=line.id, reason=Reason.DECIDED_BY_PERSON, by=by, at=at)
        _unfreeze_uncovered(_ids(Q(creator_id=row.creator_id, state=PayoutState.FROZEN)), by, at)


def hold_everything(row: Freeze, *, event_id: UUID) -> dict[str, Money]:
    """Hold what is free on the creator's accounts, under this event once; by currency what is held."""
    return {
        currency: flows.freeze_all(
            freeze_id=named_id("freeze.later", row.pk, event_id), keys=keys, reason=str(row.pk)
        )
        for currency, keys in _money_of(row.creator_id)
    }  # fmt: skip


def covering(payout: Payout) -> bool:
    """Whether any live freeze stops this payout: its own, or one of everything."""
    return (
        Freeze.objects.filter(state__in=STOPS)
        .filter(Q(payout_id=payout.pk) | Q(creator_id=payout.creator_id, freeze_type=FreezeType.ACCOUNT))
        .exists()
    )


def _claims_first(row: Freeze, currency: str) -> None:
    """Before any of it is free, open disputes hold their parts and what became owed meanwhile is filled."""
    lifted = named_id("freeze.lifted", row.pk)
    hold_disputed(creator_id=row.creator_id, currency=currency, event_id=lifted)
    flows.collect_debt(
        journal_id=named_id("freeze.debt", row.pk, currency), creator_id=row.creator_id, currency=currency
    )


def _unfreeze_uncovered(payout_ids: Iterable[UUID], by: Actor, at: datetime) -> None:
    for payout_id in payout_ids:
        payout = Payout.objects.get(pk=payout_id)
        if payout.state == PayoutState.FROZEN and not covering(payout):
            unfreeze_payout(payout_id=payout_id, code=Reason.DECIDED_BY_PERSON, by=by, at=at)


def _freeze_unless_gone(payout_id: UUID, code: str, by: Actor, at: datetime) -> None:
    """What a rail has already is not ours to stop; it is left to its end."""
    try:
        with transaction.atomic():
            freeze_payout(payout_id=payout_id, code=code, by=by, at=at)
    except Conflict as refused:
        if refused.code != "payouts.too_late":
            raise


def _money_of(creator_id: UUID) -> list[tuple[str, list[AccountKey]]]:
    """The creator's accounts that hold money of theirs, by currency."""
    keys = [a.key for a in list_accounts(party_id=creator_id, kind="creator") if a.key.purpose in HOLDABLE]
    keys.sort(key=lambda key: (key.currency, key.path))
    return [(currency, list(same)) for currency, same in groupby(keys, key=lambda key: key.currency)]


def _payout_of(row: Freeze) -> UUID:
    if row.payout_id is None:
        raise RuntimeError("a freeze of a payout names it")
    return row.payout_id


def _leaving(creator_id: UUID) -> Q:
    return Q(creator_id=creator_id, state__in=[str(state) for state in WITH_US if state != PayoutState.FROZEN])


def _ids(which: Q) -> list[UUID]:
    return list(Payout.objects.filter(which).order_by("pk").values_list("pk", flat=True))


def _restriction(freeze_id: UUID) -> str:
    return f"freeze:{freeze_id}"
