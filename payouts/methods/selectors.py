"""Questions about where creators are paid to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from foundation.identity import keys
from foundation.identity.models import Party
from payouts.methods.errors import refusal
from payouts.methods.models import PayoutMethod, PayoutMethodCode
from payouts.methods.states import MethodState, Rail
from payouts.methods.types import MethodView, RailView
from processors.gateways.rails.base import rails

M = MethodState
DIGITS = 6


def list_rails() -> list[RailView]:
    """Every way of being paid, in the order in which they are offered."""
    able = [(rail, rails[rail].capabilities) for rail in Rail if rail in rails]
    return [RailView(rail, rail.label, tuple(sorted(a.currencies)), a.needs, a.may) for rail, a in able]


def list_methods(creator_id: UUID) -> list[MethodView]:
    """What a creator has, the preferred ones first; replaced ones are left out."""
    rows = PayoutMethod.objects.filter(creator_id=creator_id).exclude(state=M.REPLACED)
    return [view_of(row) for row in rows.order_by("-is_preferred", "currency", "-id")]


def get_method(method_id: UUID, *, creator_id: UUID) -> MethodView:
    """One destination of this creator; NotFound for another's."""
    row = PayoutMethod.objects.filter(pk=method_id, creator_id=creator_id).first()
    if row is None:
        raise refusal("methods.not_found")
    return view_of(row)


def view_of(row: PayoutMethod) -> MethodView:
    return MethodView(
        row.pk, row.creator_id, row.rail, row.currency, row.label, MethodState(row.state), row.is_preferred,
        row.usable_from, row.disabled_reason, row.created_at,
    )  # fmt: skip


def method_to_pay(*, creator_id: UUID, currency: str, method_id: UUID | None = None) -> PayoutMethod:
    """The destination of a payout, held so that it does not change meanwhile: the one named, or the preferred one.

    One that cools off is taken: the payout waits for it. Refuses another creator's as not found, and what is not
    proved or stopped.
    """
    rows = PayoutMethod.objects.select_for_update(of=("self",))
    return _payable(rows, creator_id=creator_id, currency=currency, method_id=method_id)


def find_payable(*, creator_id: UUID, currency: str, method_id: UUID | None = None) -> PayoutMethod:
    """The same without holding it: for saying what a payout would be."""
    return _payable(PayoutMethod.objects.all(), creator_id=creator_id, currency=currency, method_id=method_id)


def _payable(
    rows: QuerySet[PayoutMethod], *, creator_id: UUID, currency: str, method_id: UUID | None
) -> PayoutMethod:  # fmt: skip
    mine = rows.filter(creator_id=creator_id)
    if method_id is not None:
        row = mine.filter(pk=method_id).first()
        if row is None:
            raise refusal("methods.not_found")
    else:
        row = mine.filter(currency=currency, is_preferred=True).exclude(state=M.REPLACED).first()
        if row is None:
            raise refusal("methods.needed", currency=currency)
    if row.currency != currency:
        raise refusal("methods.other_currency", currency=row.currency)
    if row.state == M.UNVERIFIED:
        raise refusal("methods.not_proved")
    if row.state not in (M.ACTIVE, M.COOLING):
        raise refusal("methods.stopped", state=row.state)
    return row


def open_details(methods: Iterable[PayoutMethod]) -> dict[UUID, dict[str, str]]:
    """The sealed details by method; those of erased people are missing. Only for handing them to a rail."""
    rows = list(methods)
    key_ids = dict(Party.objects.filter(pk__in={row.creator_id for row in rows}).values_list("pk", "key_id"))
    opened = keys.read_keys(key_ids.values())
    return {
        row.pk: json.loads(keys.unseal(opened[key_ids[row.creator_id]], bytes(row.sealed), bound_to=row.pk))
        for row in rows
        if key_ids[row.creator_id] in opened
    }


def method_told_of(method_id: UUID) -> PayoutMethod | None:
    """The row behind news of a destination, whose creator is to hear of it."""
    return PayoutMethod.objects.select_related("replaces").filter(pk=method_id).first()


def code_of(code_id: UUID) -> str:
    """The digits behind a code's row: made of its id and a key of the house, kept nowhere."""
    number = int.from_bytes(keys.keyed_hash("payout-method-code", str(code_id))[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def code_to_send(code_id: UUID) -> PayoutMethodCode | None:
    """The code's row with its method, when it still may prove something."""
    row = PayoutMethodCode.objects.select_related("method").filter(pk=code_id, used_at=None).first()
    return row if row and row.method.state == M.UNVERIFIED else None
