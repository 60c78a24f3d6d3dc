"""Add a destination, prove it by a code, prefer it, stop it, put another in its place."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from foundation import clock
from foundation.actors import Actor
from foundation.audit.services import record
from foundation.clock.functions import FanzNow
from foundation.events import publish
from foundation.identity import keys
from foundation.identity.models import Party
from foundation.ids import uuid7
from foundation.retry import retrying
from foundation.states import move
from payouts.methods import events, seams
from payouts.methods.errors import refusal
from payouts.methods.models import PayoutMethod, PayoutMethodCode
from payouts.methods.rules import cooling
from payouts.methods.selectors import code_of, view_of
from payouts.methods.states import MethodState
from payouts.methods.types import MethodView
from processors.gateways.rails.base import rails

M = MethodState
USABLE = (M.COOLING, M.ACTIVE)
# One of the tries of a code that still holds, taken before the code is looked at: 200 guesses at once are 5 guesses.
TRY = """
UPDATE payout_method_code SET tries = tries + 1 WHERE id = (
    SELECT id FROM payout_method_code WHERE method_id = %s ORDER BY id DESC LIMIT 1
) AND tries < %s AND used_at IS NULL AND expires_at > fanz_now() RETURNING id
"""


def add_method(
    *, creator_id: UUID, rail: str, currency: str, details: Mapping[str, str], by: Actor, at: datetime,
    replaces_id: UUID | None = None,
) -> MethodView:  # fmt: skip
    """Take a destination and send the creator the code that proves it; until then nothing goes there.

    Refuses details the rail cannot pay to, field by field, what is there already, and another creator's to replace.
    """
    if rail not in rails:
        raise refusal("methods.bad_rail", known=sorted(rails))
    if currency not in rails[rail].capabilities.currencies:
        raise refusal("methods.bad_currency", rail=rail, currency=currency)
    destination = rails[rail].read_destination(details)
    if destination.details.get("coin", currency) != currency:
        raise refusal("methods.other_coin", coin=destination.details["coin"], currency=currency)
    fingerprint = keys.keyed_hash("payout-destination", f"{rail}\x1f{destination.identity}")
    with transaction.atomic():
        party = Party.objects.locked(creator_id)
        mine = PayoutMethod.objects.filter(creator=party).exclude(state=M.REPLACED)
        if replaces_id is not None and not mine.filter(pk=replaces_id).exists():
            raise refusal("methods.not_found")
        same = mine.filter(fingerprint=fingerprint, currency=currency, rail=rail).exclude(state=M.DISABLED)
        if (same.exclude(pk=replaces_id) if replaces_id else same).exists():
            raise refusal("methods.known")
        if mine.count() >= cooling.MOST_METHODS:
            raise refusal("methods.too_many", most=cooling.MOST_METHODS)
        method_id = uuid7()
        plain = json.dumps(dict(destination.details), sort_keys=True, ensure_ascii=False).encode()
        method = PayoutMethod.objects.create(
            id=method_id, creator=party, rail=rail, currency=currency, country=destination.country,
            sealed=keys.seal(keys.read_key(party.key_id), plain, bound_to=method_id), fingerprint=fingerprint,
            label=destination.label[:60], replaces_id=replaces_id, created_at=at, created_by=by.reference,
        )  # fmt: skip
        record("payout_method.added", by=by, subject=method, rail=rail, currency=currency, replaces=replaces_id)
        publish(events.MethodAdded(method.pk, creator_id, rail, currency, method.label), key=method)
        _send_code(method, at)
    return view_of(method)


def send_code(*, method_id: UUID, creator_id: UUID, by: Actor, at: datetime) -> None:
    """Send another code; the one before no longer proves anything. Refuses too many in a day."""
    with transaction.atomic():
        method = _hold(method_id, creator_id)
        if method.state != M.UNVERIFIED:
            raise refusal("methods.not_waiting", state=method.state)
        today = PayoutMethodCode.objects.filter(
            method__creator_id=creator_id, made_at__gt=FanzNow() - timedelta(days=1)
        )
        if today.count() >= cooling.MOST_CODES_A_DAY:
            raise refusal("methods.too_many_codes")
        record("payout_method.code_sent", by=by, subject=method)
        _send_code(method, at)


def prove_method(*, method_id: UUID, creator_id: UUID, code: str, by: Actor, at: datetime) -> MethodView:
    """The creator read the code that was sent: the destination is used, at once or when its cool-off is over.

    Called outside of any transaction: a wrong code stays counted. Refuses a wrong, old or tried-out code.
    """
    code_id = _take_try(method_id, creator_id)
    if code_id is None or not hmac.compare_digest(code.strip().encode(), code_of(code_id).encode()):
        raise refusal("methods.bad_code")
    return _prove(method_id, creator_id, code_id, by, at)


def prove_by_hand(*, method_id: UUID, reason: str, by: Actor, at: datetime) -> MethodView:
    """A person has seen proof of a destination; a change waits its whole cool-off."""
    if not reason.strip():
        raise refusal("methods.reason_missing")
    with transaction.atomic():
        method = _hold(method_id)
        record("payout_method.proved_by_hand", by=by, subject=method, reason=reason)
        _use(method, by=by, at=at, is_by_code=False)
    return view_of(method)


def prefer_method(*, method_id: UUID, creator_id: UUID, by: Actor, at: datetime) -> MethodView:
    """Payouts of its currency go here unless another is named."""
    with transaction.atomic():
        method = _hold(method_id, creator_id)
        if method.state not in USABLE:
            raise refusal("methods.not_proved" if method.state == M.UNVERIFIED else "methods.stopped")
        _prefer(method)
        record("payout_method.preferred", by=by, subject=method)
    return view_of(method)


def remove_method(*, method_id: UUID, creator_id: UUID, by: Actor, at: datetime) -> MethodView:
    """Take a destination away. Refuses while a payout is leaving for it, or waits to."""
    with transaction.atomic():
        method = _hold(method_id, creator_id)
        if method.state != M.REPLACED:
            _ask(method)
            _retire(method, None, by=by, at=at, reason="removed")
    return view_of(method)


def disown_method(*, method_id: UUID, creator_id: UUID, by: Actor, at: datetime) -> MethodView:
    """It was not the creator who gave this destination: nothing goes there, and people hear of it."""
    with transaction.atomic():
        method = _hold(method_id, creator_id)
        if method.state == M.UNVERIFIED:
            _retire(method, None, by=by, at=at, reason="not the creator's")
        else:
            stop_method(method, "The creator says it is not theirs.", by=by, at=at, is_disowned=True)
    return view_of(method)


def stop_method(
    method: PayoutMethod, reason: str, *, by: Actor, at: datetime, is_disowned: bool = False
) -> None:  # fmt: skip
    """Nothing goes there any more, in the caller's transaction: a bank refused it, or it is not theirs."""
    if method.state not in USABLE:
        return
    move(method, to=M.DISABLED, by=by, reason=reason, at=at, disabled_reason=reason[:300], is_preferred=False)
    publish(events.MethodStopped(method.pk, method.creator_id, reason[:300], is_disowned, method.label), key=method)


def cooled_off(*, by: Actor, limit: int = 500) -> int:
    """Destinations whose cool-off is over, by the database's clock, are in use."""
    with transaction.atomic():
        due = PayoutMethod.objects.filter(state=M.COOLING, usable_from__lte=FanzNow())
        held = list(due.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:limit])
        for method in held:
            move(method, to=M.ACTIVE, by=by, reason="cooled off", at=clock.now())
    return len(held)


@retrying
def _take_try(method_id: UUID, creator_id: UUID) -> UUID | None:
    with transaction.atomic(durable=True):
        method = _hold(method_id, creator_id)
        if method.state != M.UNVERIFIED:
            raise refusal("methods.not_waiting", state=method.state)
        with connection.cursor() as cursor:
            cursor.execute(TRY, [method_id, cooling.MOST_TRIES])
            row = cursor.fetchone()
    return row[0] if row else None


@retrying
def _prove(method_id: UUID, creator_id: UUID, code_id: UUID, by: Actor, at: datetime) -> MethodView:
    with transaction.atomic(durable=True):
        method = _hold(method_id, creator_id)
        used = PayoutMethodCode.objects.filter(pk=code_id, used_at=None).update(used_at=at)
        if not used:
            raise refusal("methods.bad_code")
        _use(method, by=by, at=at, is_by_code=True)
        return view_of(method)


def _use(method: PayoutMethod, *, by: Actor, at: datetime, is_by_code: bool) -> None:
    """Proved: it is used now or later, and stands in for what it replaces."""
    if method.state != M.UNVERIFIED:
        raise refusal("methods.not_waiting", state=method.state)
    others = PayoutMethod.objects.filter(creator_id=method.creator_id, verified_at__isnull=False).exclude(pk=method.pk)
    is_first = not others.exists()
    from_then = cooling.usable_from(method.created_at, at, is_first=is_first, is_by_code=is_by_code)
    move(
        method, to=M.ACTIVE if from_then <= at else M.COOLING, by=by, reason="proved", at=at,
        verified_by=by.reference, verified_at=at, usable_from=from_then,
    )  # fmt: skip
    publish(events.MethodProved(method.pk, method.creator_id, from_then, not is_first, method.label), key=method)
    old = _hold(method.replaces_id) if method.replaces_id else None
    if old is not None and old.state != M.REPLACED:
        was_preferred = old.is_preferred
        _follow(old, method, by=by, at=at)
        _retire(old, method, by=by, at=at, reason="replaced")
        if was_preferred:
            _prefer(method)
    preferred = PayoutMethod.objects.filter(
        creator_id=method.creator_id, currency=method.currency, is_preferred=True
    ).exclude(state=M.REPLACED)
    if not preferred.exists():
        _prefer(method)


def _prefer(method: PayoutMethod) -> None:
    Party.objects.locked(method.creator_id)
    mine = PayoutMethod.objects.filter(creator_id=method.creator_id, currency=method.currency, is_preferred=True)
    mine.exclude(pk=method.pk).update(is_preferred=False)
    PayoutMethod.objects.filter(pk=method.pk).update(is_preferred=True)
    method.is_preferred = True


def _retire(method: PayoutMethod, new: PayoutMethod | None, *, by: Actor, at: datetime, reason: str) -> None:
    move(method, to=M.REPLACED, by=by, reason=reason, at=at, is_preferred=False)
    publish(events.MethodReplaced(method.pk, method.creator_id, new.pk if new else None), key=method)


def _ask(method: PayoutMethod) -> None:
    for word in seams.may_go.values():
        word(method)


def _follow(old: PayoutMethod, new: PayoutMethod, *, by: Actor, at: datetime) -> None:
    for follow in seams.replaced.values():
        follow(old, new, by, at)


def _send_code(method: PayoutMethod, at: datetime) -> None:
    code = PayoutMethodCode.objects.create(method=method, made_at=at, expires_at=at + cooling.CODE_LASTS)
    publish(events.MethodCodeWanted(method.pk, method.creator_id, code.pk), key=method)


def _hold(method_id: UUID, creator_id: UUID | None = None) -> PayoutMethod:
    """The destination, held; NotFound for another creator's."""
    mine = PayoutMethod.objects.filter(pk=method_id)
    row = (mine.filter(creator_id=creator_id) if creator_id else mine).select_for_update(of=("self",)).first()
    if row is None:
        raise refusal("methods.not_found")
    return row
