"""Nobody skips a step: every verb of every life, asked in every state, acts in its own states alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.db import connection, transaction

from compliance.escalations.models import Escalation
from foundation import clock
from foundation.approvals.models import Approval
from foundation.hooks.models import Endpoint
from foundation.hooks.services import create_endpoint
from foundation.http import access
from foundation.http.routes import every_route
from payouts.freezes.models import Freeze
from payouts.freezes.services.releasing import sight_of
from payouts.life.models import Payout, PayoutInstruction
from payouts.methods.models import PayoutMethod
from processors.payments.giving_back import Refund
from processors.payments.models import Payment, Subscription
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE, platform
from tests.compliance.stories import opened
from tests.fanzpay.elsewhere import sale_elsewhere
from tests.house.addresses import address, as_caller, parts
from tests.house.trail import trail_of, wrong_with_act
from tests.payouts.elsewhere import asked_elsewhere
from tests.payouts.freezes.stories import frozen

WHY = {"reason": "A trial."}
OUTCOME = {"happened": "no", "proof": "seen", **WHY}
FREEZE = {"code": "SECURITY", "action": "nothing", "severity": "HIGH", "path": "TIME_BASED", "hours": 24, **WHY}
EXTEND = {"hours": 24, "code": "SECURITY", "seen_until": "its end", **WHY}
RELEASE = {"form": "release", "was_wrong": "no", "seen": "its sight", **WHY}
RESOLVE = {"decision": "FALSE_ALARM", "reasoning": "seen", "version": 1}
BEFORE_MONEY = ("CREATED", "ROUTED", "REQUIRES_ACTION")
BEFORE_IT_LEAVES = ("REQUESTED", "SCREENED", "IN_ESCROW", "APPROVED", "QUEUED")
UNTIL_SENT = (*BEFORE_IT_LEAVES, "PREPARED")
UNRESOLVED = ("OPEN", "IN_REVIEW", "ESCALATED")
LIVE_HOOK = ("ON", "OFF", "BROKEN")


class Verb(NamedTuple):
    """An address, what is said to it, and the states in which it may act; with none, this story's thing lacks what
    the act needs besides, so it has to be refused everywhere."""

    thing: type[Any]
    url: str
    said: dict[str, Any]
    acts: tuple[str, ...] = ()
    method: str = "POST"
    skips: tuple[str, ...] = ()


VERBS = [
    Verb(Payment, "api:payment-cancel", WHY, (*BEFORE_MONEY, "IN_REVIEW")),
    Verb(Payment, "api:payment-void", WHY),
    Verb(Payment, "ops:payment_cancel", WHY, BEFORE_MONEY),
    Verb(Payment, "ops:payment_void", WHY),
    Verb(Payment, "ops:payment_refund", {"amount": "9.99", "seen_left": 999, **WHY}),
    Verb(Payment, "ops:payment_outcome", OUTCOME),
    Verb(Payment, "ops:payment_ask", {}),
    Verb(Refund, "ops:refund_settle", {"proof": "seen"}, skips=("MANUAL_DUE",)),
    Verb(Refund, "ops:refund_outcome", OUTCOME, ("UNKNOWN",)),
    Verb(Refund, "ops:refund_ask", {}),
    Verb(Subscription, "api:subscription-cancel", WHY, ("PENDING", "ACTIVE", "PAST_DUE")),
    Verb(Payout, "api:payout-cancel", {}, UNTIL_SENT),
    Verb(Payout, "starz:payout_cancel", {}, UNTIL_SENT),
    Verb(Payout, "ops:payout_cancel", WHY, UNTIL_SENT),
    Verb(Payout, "api:payout-method-choice", {"method_id": "its method"}, (*BEFORE_IT_LEAVES, "FROZEN")),
    Verb(Payout, "starz:payout_method", {"method": "its method"}, (*BEFORE_IT_LEAVES, "FROZEN")),
    Verb(Payout, "ops:payout_extend", EXTEND, ("IN_ESCROW", "FROZEN")),
    Verb(Payout, "ops:payout_freeze", FREEZE, ("IN_ESCROW", "APPROVED", "QUEUED", "PREPARED")),
    Verb(Payout, "ops:payout_confirm", {"proof": "seen"}),
    Verb(Payout, "ops:payout_returned", {"came": "100.00", "proof": "seen"}),
    Verb(Freeze, "ops:hold", RELEASE, ("ACTIVE", "ESCALATED")),
    Verb(Freeze, "ops:hold", {"form": "keep", "notes": "seen", "hours": 72}, ("ACTIVE", "ESCALATED")),
    Verb(Freeze, "ops:hold", {"form": "extend", "hours": 24, "seen_until": "", **WHY}),
    Verb(Freeze, "ops:hold", {"form": "escalate", **WHY}, ("ACTIVE",)),
    Verb(Approval, "api:approval-approve", {"change_hash": "its hash", **WHY}, ("PENDING",)),
    Verb(Approval, "api:approval-reject", {"change_hash": "its hash", **WHY}, ("PENDING",)),
    Verb(Approval, "api:approval-withdraw", WHY),
    Verb(Approval, "ops:approval", {"verdict": "approve", "seen_hash": "its hash", **WHY}, ("PENDING",)),
    Verb(Approval, "ops:approval", {"verdict": "reject", "seen_hash": "its hash", **WHY}, ("PENDING",)),
    Verb(Escalation, "api:escalation-actions", {"action": "TAKEN"}, UNRESOLVED),
    Verb(Escalation, "api:escalation-actions", {"action": "NOTED", "notes": "seen"}, UNRESOLVED),
    Verb(Escalation, "api:escalation-actions", {"action": "ESCALATED", "notes": "seen"}, UNRESOLVED),
    Verb(Escalation, "api:escalation-actions", {"action": "PAUSED", "notes": "seen"}, UNRESOLVED),
    Verb(Escalation, "api:escalation-resolution", RESOLVE),
    Verb(Escalation, "compliance:escalation", {"form": "take", "do": "take"}, UNRESOLVED),
    Verb(Escalation, "compliance:escalation", {"form": "note", "do": "note", "notes": "seen"}, UNRESOLVED),
    Verb(Escalation, "compliance:escalation", {"form": "resolve", **RESOLVE}),
    Verb(PayoutMethod, "api:payout-method", {}, method="DELETE"),
    Verb(PayoutMethod, "starz:method_remove", {}),
    Verb(PayoutMethod, "api:payout-method-code", {}, ("UNVERIFIED",)),
    Verb(PayoutMethod, "api:payout-method-preferred", {}, skips=("COOLING", "ACTIVE")),
    Verb(PayoutMethod, "starz:method_prefer", {}, skips=("COOLING", "ACTIVE")),
    Verb(PayoutMethod, "api:payout-method-disowned", {}, ("UNVERIFIED", "COOLING", "ACTIVE")),
    Verb(PayoutMethod, "starz:method_disown", {}, ("UNVERIFIED", "COOLING", "ACTIVE")),
    Verb(Endpoint, "api:hook-endpoint-on", {}, ("OFF", "BROKEN")),
    Verb(Endpoint, "api:hook-endpoint-off", {}, ("ON",)),
    Verb(Endpoint, "api:hook-endpoint-secret", {}, LIVE_HOOK),
    Verb(Endpoint, "api:hook-endpoint-test", {}, ("ON",)),
    Verb(Endpoint, "api:hook-endpoint", {"name": "x"}, LIVE_HOOK, "PATCH"),
    Verb(Endpoint, "api:hook-endpoint", {}, LIVE_HOOK, "DELETE"),
]
PREFERRED = ("approver", "finance", "compliance", "creator")
OF_NO_LIFE = {
    **dict.fromkeys(
        ("api:creator-invitation", "api:fan-invitation", "api:instrument", "invite:page"), "it has no states"
    ),
    **dict.fromkeys(("ops:hold_note", "ops:question", "compliance:tax_document"), "it has no states"),
    **dict.fromkeys(("api:hook-delivery-replay", "api:hook-endpoint-replay"), "what was told may be told again"),
    **dict.fromkeys(("ops:webhook_replay", "ops:webhook_call_replay", "ops:replay_letter"), "it may be read again"),
    **dict.fromkeys(("starz:payout_ask", "starz:payout_answer", "ops:payout_ask"), "a question moves nothing"),
    **dict.fromkeys(("starz:payout_documents", "compliance:escalation_documents"), "papers are kept at any time"),
    "compliance:signed_pack": "a file is taken, and nothing moves",
    "handoff:page": "tests/identity/test_handoffs.py opens each link once, many at a time and too late",
    "api:payout-method-proof": "a wrong code is refused before anything else",
    "starz:method": "it is the form of the other verbs",
    "crisis:switch": "tests/faults/test_tokens_and_switches.py turns it by many hands",
    "ops:reconciliation_break": "tests/ledger/test_reconciliation.py goes through its states",
    "webhooks:call": "providers tell in any order",
}
MAKES_ANOTHER = ("ops:payment_refund", "ops:payment_outcome", "ops:refund_outcome", "ops:payout_returned")
DONE = ("CANCELLED", "REPLACED", "DISABLED")
# Everything an act can leave behind but the record that somebody tried.
LEAVES = (
    "payment", "refund", "subscription", "payout", "payout_instruction", "payout_freeze", "approval", "escalation",
    "escalation_action", "payout_method", "hook_endpoint", "hook_delivery", "ledger_row", "outbox", "party",
)  # fmt: skip


@pytest.fixture
def things(db) -> dict[type[Any], Any]:
    """One of each, as its room makes it."""
    payment, refund, subscription, _ = sale_elsewhere("boyfanz")
    payout = asked_elsewhere("a-creator")
    hook = {"platform_id": platform("boyfanz").pk, "url": "https://boyfanz.example/hook", "topics": ["txn.capture"]}
    made = create_endpoint(**hook, by=HOUSE, at=clock.now()).endpoint.pk
    stopped = frozen(payout)
    ids = {
        Payment: payment, Refund: refund, Subscription: subscription, Payout: payout.pk, Freeze: stopped.pk,
        Approval: ask_for_role().pk, Escalation: opened().id, Endpoint: made,
        PayoutMethod: PayoutMethod.objects.get(creator_id=payout.creator_id).pk,
    }  # fmt: skip
    return {model: model._default_manager.get(pk=pk) for model, pk in ids.items()}


def in_state(thing: Any, state: str) -> None:
    """As if it had come there: in a table of this connection alone, which no rule watches."""
    table = type(thing)._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TEMP TABLE "{table}" (LIKE public."{table}" INCLUDING DEFAULTS) ON COMMIT DROP')
        cursor.execute(f'GRANT ALL ON pg_temp."{table}" TO PUBLIC')
        cursor.execute(f'INSERT INTO "{table}" SELECT * FROM public."{table}"')
        cursor.execute(f'UPDATE "{table}" SET state = %s', [state])
    if isinstance(thing, Payout) and state not in (*BEFORE_IT_LEAVES, "FROZEN", "CANCELLED"):
        PayoutInstruction.objects.create(
            payout=thing, number=1, reference="a-trial", rail=thing.method.rail, merchant_account_id="paxum-test",
            method=thing.method, amount_minor=thing.amount_minor, currency=thing.currency, created_at=clock.now(),
        )  # fmt: skip


def stored() -> list[Any]:
    """A figure of everything that an act could leave behind."""
    summed = " UNION ALL ".join(f'SELECT sum(hashtextextended(t::text, 0)) FROM "{table}" t' for table in LEAVES)
    with connection.cursor() as cursor:
        cursor.execute(summed)
        return cursor.fetchall()


def spoken(verb: Verb, things: dict[type[Any], Any]) -> bytes:
    known = {
        "its method": str(things[PayoutMethod].pk), "its hash": things[Approval].change_hash,
        "its sight": sight_of(things[Freeze].measures),
        "its end": things[Payout].escrow.planned_release_at.isoformat(),
    }  # fmt: skip
    said = {name: known.get(value, value) if isinstance(value, str) else value for name, value in verb.said.items()}
    return (json.dumps(said) if verb.url.startswith("api:") else urlencode(said)).encode()


def cells(verb: Verb, turn: int, *, every: bool) -> Iterator[str]:
    """Every state by command; in CI a third over the API and, of pages, which call the same services, a sixth."""
    share = 1 if every else 3 if verb.url.startswith("api:") else 6
    for number, state in enumerate(dict(verb.thing._meta.get_field("state").choices)):
        if state not in verb.skips and (number + turn) % share == 0:
            yield state


def test_every_address_that_changes_a_thing_is_a_verb_or_says_why_not():
    changing = {
        route.name
        for route in every_route()
        if parts(route) and not route.name.startswith(("admin:", "account", "developers:"))
        and access.row_for(route.name).keys() - {"GET"}
    }  # fmt: skip
    assert changing == {verb.url for verb in VERBS} | OF_NO_LIFE.keys()


def test_every_verb_acts_in_its_own_states_alone_and_is_on_record(things, request, settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))
    routes, wrong, clients = {route.name: route for route in every_route()}, [], {}
    for turn, verb in enumerate(VERBS):
        thing, route = things[verb.thing], routes[verb.url]
        (part,) = parts(route)
        roles = access.who_may(verb.url, verb.method).roles
        caller = next((role for role in PREFERRED if role in roles), "program of boyfanz")
        client = clients[caller] = clients.get(caller) or as_caller(caller)
        kind = "application/json" if verb.url.startswith("api:") else "application/x-www-form-urlencoded"
        for state in cells(verb, turn, every=request.config.getoption("--all-variants")):
            attempt = transaction.atomic()
            attempt._from_testcase = True
            with attempt:
                in_state(thing, state)
                before = stored()
                url, key = address(route, **{part: thing.pk}), {"Idempotency-Key": f"{verb.url} {state}"}
                answer = client.generic(verb.method, url, spoken(verb, things), kind, headers=key)
                has_acted, status = stored() != before, answer.status_code
                trail = trail_of(answer)
                missing = wrong_with_record(verb, thing, state, answer, trail, has_acted=has_acted)
                transaction.set_rollback(True)
            cell = f"{verb.url} {verb.said.get('form') or verb.said.get('action') or ''} {state}: {status}"
            if has_acted != (state in verb.acts):
                wrong.append(f"{cell}, {'acted' if has_acted else 'did not act'}: {answer.content[:300]!r}")
            elif status >= 500 or (not has_acted and not is_refusal(verb, state, answer)):
                wrong.append(f"{cell}: {answer.content[:300]!r}")
            elif missing:
                wrong.append(f"{cell} is on record {missing}: {[(str(row), row.outcome, row.facts) for row in trail]}")
    assert not wrong, chr(10).join(wrong)


def is_refusal(verb: Verb, state: str, answer: Any) -> bool:
    """409, 403 or gone; a page may go back with a word; what is so already may be answered as done."""
    if verb.url.startswith("api:"):
        return answer.status_code in (403, 404, 409) or (answer.status_code < 300 and state in DONE)
    return answer.status_code in (302, 409)


def wrong_with_record(verb: Verb, thing: Any, state: str, answer: Any, trail: list[Any], *, has_acted: bool) -> str:
    """An act is on record once, a refusal once; what changes nothing leaves nothing else."""
    if has_acted:
        about = "" if verb.url in MAKES_ANOTHER else str(thing.pk)
        said = "" if verb.url == "ops:payout_freeze" else str(verb.said.get("reason", ""))
        return wrong_with_act(trail, about, said, state)
    is_quiet = state in DONE or verb.url in ("ops:payment_ask", "ops:refund_ask")
    outcomes = [record.outcome for record in trail]
    return "" if outcomes == ["refused"] or (is_quiet and not outcomes) else "wrongly"
