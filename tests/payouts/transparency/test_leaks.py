"""Nothing of how we judge reaches a creator: every field is on the list, and no text or number betrays one."""

import re
from datetime import datetime
from uuid import UUID

import pytest
from django.test import Client

from foundation import clock
from foundation.http import rates
from foundation.identity.models import User
from foundation.notifications.models import Notification
from foundation.reasons import Reason
from payouts.freezes.first_rules import FIRST_RULES
from payouts.freezes.services import release_freeze
from payouts.life.models import Payout, PayoutEscrow
from payouts.transparency.api.serializers import FOR_CREATORS
from tests.cast import HOUSE, member, portal_user, signed_in
from tests.payouts.freezes.stories import frozen, frozen_account, maya, scored, waiting

API = "/api/v1/payouts"
SCORE = 737
ALLOWED = {
    # payout
    "id", "amount", "amount_minor", "currency", "fee", "receives", "rail", "destination", "method_id", "status", "word",
    "stages", "arrival", "reason", "until", "options", "is_running", "can_cancel", "can_reroute",
    "is_asked_by_schedule", "requested_at", "leaves_at", "promised_at", "sent_at", "paid_at", "ended_at",
    # its parts
    "place", "name", "progress", "note", "at", "sent_by", "arrives_by", "why", "is_estimate", "label", "effect", "path",
    "payout", "timeline", "messages", "title", "detail", "kind", "body", "is_read",
    # freeze, status, preview
    "freeze_type", "ends_by", "payout_id", "frozen_at", "released_at", "headline", "next_arrival", "payouts", "freezes",
    "tier", "escrow", "current_days", "least_days", "most_days", "updated_at", "waits_hours", "data", "next",
    "withheld",
}  # fmt: skip
RULES = {row[0] for row in FIRST_RULES} | {f"{row[0]} v" for row in FIRST_RULES}
NEVER = {*RULES, *Reason.values, "integrity", "score", "threshold", "low_risk", "MANUAL_REVIEW", "CONDITION_MET"}
NOTES = "An internal note nobody outside may read"


def names(serializer, found=None):
    """Every field of an answer, with those of what it holds."""
    found = set() if found is None else found
    for name, field in serializer.fields.items():
        found.add(name)
        inner = getattr(field, "child", field)
        if hasattr(inner, "fields"):
            names(inner, found)
    return found


@pytest.mark.parametrize("serializer", FOR_CREATORS)
def test_every_field_of_a_creators_answer_is_on_the_list(serializer):
    assert names(serializer()) <= ALLOWED


def values(body):
    if isinstance(body, dict):
        for name, value in body.items():
            assert name in ALLOWED, name
            yield from values(value)
    elif isinstance(body, list):
        for value in body:
            yield from values(value)
    else:
        yield body


def is_plain_id_or_moment(text):
    for read in (UUID, datetime.fromisoformat):
        try:
            read(text)
        except ValueError:
            continue
        return True
    return False


def assert_nothing_leaks(texts):
    for text in texts:
        if isinstance(text, (bool, type(None))) or (isinstance(text, str) and is_plain_id_or_moment(text)):
            continue
        said = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", str(text))
        assert not re.search(rf"(?<!\d){SCORE}(?!\d)", said), text
        assert not re.search(r"\b(31\.7|41\.3)\b", said), text
        assert not [word for word in NEVER if word in said], text
        assert NOTES not in said


@pytest.fixture
def creator_id(desk, standing):
    rates._client().flushdb()
    standing.score = SCORE
    creator_id = maya(50_000_00)
    scored(creator_id, SCORE, chargeback_exposure="31.7", refund_ratio="41.3")
    return creator_id


def browser():
    return signed_in(Client(), portal_user(member("maya")))


def everything(client, payout):
    """All that a creator can be told: bodies, messages, and the mails made of them."""
    yield from bodies(client, API, f"{API}/status", f"{API}/{payout.pk}", "/api/v1/freezes")
    yield from told(payout.creator_id)


def bodies(client, *urls):
    for url in urls:
        answer = client.get(url)
        assert answer.status_code == 200
        yield from values(answer.json())


def told(creator_id):
    for row in Notification.objects.filter(recipient=User.objects.get(party_id=creator_id)):
        yield from (row.title, row.body, row.path)


def test_no_reason_betrays_how_it_was_found(creator_id):
    """Each of them as a freeze, once more when it is over, and as the reason of a payout that waits."""
    payout, client = waiting(100_00, creator_id), browser()
    PayoutEscrow.objects.filter(pk=payout.pk).update(risk_factors=["CHARGEBACK_SPIKE"], warning="many_refunds")
    measures = {"score": str(SCORE), "refund_ratio": "41.3"}
    for code in Reason.values:
        facts = {"disputes": 5, "rule": "chargeback-spike v1", "score": SCORE}
        rule = "chargeback-spike v1"
        row = frozen(payout, code=code, notes=NOTES, rule=rule, measures=measures, facts=facts)
        assert_nothing_leaks(bodies(client, f"{API}/{payout.pk}", "/api/v1/freezes?live=true"))
        release_freeze(freeze_id=row.pk, reason=f"{NOTES} {SCORE}", by=HOUSE, at=clock.now())
        Payout.objects.filter(pk=payout.pk).update(reason_code=code)
        assert_nothing_leaks(bodies(client, f"{API}/status"))
    assert_nothing_leaks(everything(client, payout))


def test_a_freeze_of_everything_betrays_nothing_either(creator_id):
    payout = waiting(100_00, creator_id)
    frozen_account(creator_id, code="CHECK_IN_PROGRESS", notes=NOTES, measures={"score": str(SCORE)})
    assert_nothing_leaks(everything(browser(), payout))


def test_a_check_for_laundering_reads_like_any_other(creator_id):
    plain, grave = waiting(100_00, creator_id), waiting(100_00, creator_id)
    frozen(plain, code="CHECK_IN_PROGRESS", rule="check identity", severity="MEDIUM")
    frozen(grave, code="CHECK_IN_PROGRESS", rule="check laundering", measures={"structuring": "3"})
    shown = [browser().get(f"{API}/{payout.pk}").json()["payout"] for payout in (plain, grave)]
    differing = {"id", "requested_at", "leaves_at", "promised_at", "arrival", "options", "stages", "until"}
    first, second = [{name: value for name, value in one.items() if name not in differing} for one in shown]
    assert first == second
