"""Prove calls and take them apart into what they tell: one transaction for a batch, nothing asked outside."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from foundation import clock
from foundation.clock.functions import FanzNow
from foundation.crash import crash_point
from foundation.errors import Invalid
from foundation.ids import uuid7
from foundation.retry import retrying
from processors.gateways.base import gateways
from processors.gateways.types import Checked, EventKind, Merchant, Proof, ProviderEvent, Webhook
from processors.payments.directory import merchants_of
from processors.webhooks.known import settle_read
from processors.webhooks.models import WebhookCall
from processors.webhooks.rules.waiting import ASKED_AGAIN_AFTER
from processors.webhooks.states import CallState

BATCH = 100
PUT_OFF, LONGEST = timedelta(minutes=1), timedelta(days=1)
IN_COLUMNS = frozenset({"kind", "reference", "provider_ref", "subscription_ref", "amount", "occurred_at"})
log = structlog.get_logger("fanz.webhooks")

# Told again, news only count. What nobody could prove and came to nothing is asked about once more: whoever told it
# first may have been somebody else, or too early.
_STORE = """
INSERT INTO provider_told (
    id, call_id, provider, merchant_account_id, key, kind, is_proved, is_to_ask, reference, provider_ref,
    subscription_ref, amount_minor, currency, facts, occurred_at, times_told, due_at, received_at,
    state, version, news_seq, tries, why
)
SELECT id, call_id, provider, merchant_account_id, key, kind, is_proved, is_to_ask, reference, provider_ref,
    subscription_ref, amount_minor, currency, facts, occurred_at, times_told, received_at, received_at,
    'DUE', 1, 0, 0, ''
FROM jsonb_to_recordset(%s::jsonb) AS one (
    id uuid, call_id uuid, provider text, merchant_account_id text, key text, kind text, is_proved boolean,
    is_to_ask boolean, reference text, provider_ref text, subscription_ref text, amount_minor bigint, currency text,
    facts jsonb, occurred_at timestamptz, times_told integer, received_at timestamptz
) ORDER BY provider, key
ON CONFLICT (provider, key) DO UPDATE SET
    times_told = provider_told.times_told + excluded.times_told,
    state = CASE WHEN {is_asked_again} THEN 'DUE' ELSE provider_told.state END,
    version = provider_told.version + CASE WHEN {is_asked_again} THEN 1 ELSE 0 END,
    due_at = CASE WHEN {is_asked_again}
                  THEN greatest(excluded.due_at, provider_told.done_at + make_interval(secs => %s))
                  ELSE provider_told.due_at END
RETURNING id
""".format(is_asked_again="NOT provider_told.is_proved AND provider_told.state = 'STALE'")
_NOTE = """
UPDATE webhook_call AS call SET state = seen.state, version = call.version + 1, proof = seen.proof, why = seen.why,
    claimed_until = CASE WHEN seen.state = 'RECEIVED' THEN fanz_now() + make_interval(secs => %s) END
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS seen (id, state, proof, why) WHERE call.id = seen.id
"""


@dataclass(slots=True)
class _Seen:
    """What came of looking at one call."""

    call: WebhookCall
    state: CallState
    proof: str
    why: str = ""
    told: Sequence[dict[str, Any]] = ()


def read_calls(*, limit: int = BATCH) -> int:
    """Look at calls that nobody looked at, oldest first; returns how many. As many workers as like may do so.

    Their rows are held for the one transaction it takes: whoever dies with them lets them go.
    """
    try:
        return _read(_waiting()[:limit])
    except (DataError, IntegrityError):
        log.exception("webhooks.one_by_one")
    return sum(_read_alone(call_id) for call_id in list(_waiting()[:limit].values_list("pk", flat=True)))


def _waiting() -> QuerySet[WebhookCall]:
    free = Q(claimed_until=None) | Q(claimed_until__lte=FanzNow())
    return WebhookCall.objects.filter(free, state=CallState.RECEIVED).order_by("received_at")


def _read_alone(call_id: UUID) -> int:
    """One that the database refuses does not keep the others waiting."""
    try:
        return _read(_waiting().filter(pk=call_id))
    except (DataError, IntegrityError) as error:
        log.exception("webhooks.not_read", call=str(call_id))
        with transaction.atomic(durable=True):
            call = WebhookCall.objects.locked(call_id)
            _note([_give_up_or_wait(call, clock.now(), error)])
        return 1


@retrying
def _read(calls: QuerySet[WebhookCall]) -> int:
    with transaction.atomic(durable=True):
        held = list(calls.select_for_update(skip_locked=True))
        if not held:
            return 0
        at, accounts = clock.now(), _Accounts()
        seen = [_look(call, accounts, at) for call in held]
        _store(_rows(seen))
        _note(seen)
        crash_point("webhooks.read")
    return len(held)


class _Accounts(dict[str, list[Merchant]]):
    """Our accounts with each provider, read once for a batch."""

    def __missing__(self, provider: str) -> list[Merchant]:
        self[provider] = merchants_of(provider)
        return self[provider]


def _look(call: WebhookCall, accounts: _Accounts, at: datetime) -> _Seen:
    try:
        return _prove(call, accounts)
    except Exception as error:
        log.exception("webhooks.not_read", call=str(call.pk), provider=call.provider)
        return _give_up_or_wait(call, at, error)


def _give_up_or_wait(call: WebhookCall, at: datetime, error: Exception) -> _Seen:
    """Something of ours is wrong: it is looked at again in a while, for a day."""
    why = f"could not be read: {type(error).__name__}"
    if at - call.received_at > LONGEST:
        return _Seen(call, CallState.REJECTED, "", why)
    return _Seen(call, CallState.RECEIVED, "", why)


def _prove(call: WebhookCall, accounts: _Accounts) -> _Seen:
    gateway, hook = gateways.find(call.provider), _as_it_came(call)
    answers = [(merchant, gateway.check(merchant, hook)) for merchant in accounts[call.provider]]
    fits = {checked.proof: (merchant, checked) for merchant, checked in reversed(answers)}
    merchant, checked = fits.get(Proof.VERIFIED) or fits.get(Proof.TRIGGER) or (None, _refused(answers))
    if merchant is None:
        return _Seen(call, CallState.REJECTED, str(Proof.REJECTED), checked.why)
    try:
        told = [_row(call, merchant, checked.proof, event) for event in gateway.parse(merchant, hook)]
    except (Invalid, OverflowError) as wrong:
        why = wrong.code if isinstance(wrong, Invalid) else "more money than there is"
        return _Seen(call, CallState.REJECTED, str(checked.proof), why)
    return _Seen(call, CallState.READ, str(checked.proof), checked.why, told)


def _refused(answers: list[tuple[Merchant, Checked]]) -> Checked:
    return answers[0][1] if answers else Checked(Proof.REJECTED, "we have no account there")


def _as_it_came(call: WebhookCall) -> Webhook:
    return Webhook(
        body=bytes(call.body),
        headers=call.headers,
        query=call.query,
        address=call.address or "",
        received_at=call.received_at,
    )


def _rows(seen: Iterable[_Seen]) -> list[dict[str, Any]]:
    """What all of them tell, each once."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in seen:
        for row in one.told:
            if known := rows.get((row["provider"], row["key"])):
                known["times_told"] += 1
            else:
                rows[row["provider"], row["key"]] = row
    return list(rows.values())


def _row(call: WebhookCall, merchant: Merchant, proof: Proof, event: ProviderEvent) -> dict[str, Any]:
    """What is stored of one told thing; Invalid for what no table can hold."""
    is_proved, key = proof is Proof.VERIFIED, event.key[:200]
    facts = {name: value for name, value in asdict(event).items() if value and name not in IN_COLUMNS}
    if is_proved:
        del facts["key"]
    else:
        key = f"{key[:160]}~{_digest(event)}"
    row = {
        "id": uuid7(), "call_id": call.pk, "provider": call.provider, "merchant_account_id": merchant.slug,
        "key": key, "kind": str(event.kind), "is_proved": is_proved,
        "is_to_ask": not is_proved and event.kind is not EventKind.OTHER, "reference": event.reference[:60],
        "provider_ref": event.provider_ref[:120], "subscription_ref": event.subscription_ref[:120],
        "amount_minor": event.amount.minor if event.amount else None,
        "currency": event.amount.currency if event.amount else "", "facts": facts, "occurred_at": event.occurred_at,
        "times_told": 1, "received_at": call.received_at,
    }  # fmt: skip
    text = _json(row)
    if "\\u0000" in text or text.encode(errors="replace").decode() != text:
        raise Invalid("webhooks.cannot_be_kept", "It holds characters that mean nothing.")
    return row


def _digest(event: ProviderEvent) -> str:
    """What cannot be proved is known by all it claims: a forged claim never stands in the way of a true one."""
    plain = replace(event, occurred_at=None, reason="", instrument=None, next_renewal=None)
    return sha256(repr(plain).encode()).hexdigest()[:32]


def _note(seen: Sequence[_Seen]) -> None:
    with connection.cursor() as cursor:
        columns = zip(*([one.call.pk, str(one.state), one.proof, one.why[:200]] for one in seen), strict=True)
        cursor.execute(_NOTE, [PUT_OFF.total_seconds(), *map(list, columns)])


def _store(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [_json(rows), ASKED_AGAIN_AFTER.total_seconds()])
        settle_read([id for (id,) in cursor.fetchall()])


def _json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
