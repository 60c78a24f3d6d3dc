"""What is paid for may be seen; what was given back, or taken by a bank, not any more."""

import pytest

from foundation import clock
from foundation.events.listening import News, handlers_of
from foundation.events.models import Outbox
from processors.payments.models import Payment
from processors.payments.services import lose_dispute, open_dispute, win_dispute
from products.content.handlers import GROUP
from products.content.models import ContentAccess
from tests.cast import HOUSE
from tests.content.stories import told_content
from tests.content.test_content_api import post as tell
from tests.fanzpay.stories import body, get, paid, post
from tests.fanzpay.till import DECLINED

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def clip(till):
    return told_content()


def hear_all(backwards=False):
    """All news so far, each twice."""
    handlers = handlers_of(GROUP)
    rows = list(Outbox.objects.order_by("-id" if backwards else "id"))
    for row in [row for row in rows for _ in range(2)]:
        news = News(
            row.pk, row.at, row.stream, row.type, row.version, row.aggregate_type, row.aggregate_id, row.sequence,
            row.platform_id, row.payload,
        )  # fmt: skip
        for handler in handlers.get(row.type, []):
            handler(news)


def sold():
    payment = paid(content_id="clip-1")
    hear_all()
    return payment


def refund(payment, minor):
    return post(
        "refunds", {"payment_id": payment["id"], "amount_minor": minor, "currency": "USD", "reason": "Cut short"}
    )


def ended():
    return ContentAccess.objects.get().ended_because


def test_a_captured_payment_gives_access_once():
    payment = sold()
    (shown,) = get("content-accesses", fan="sam").json()["data"]
    assert (shown["payment_id"], shown["source"], shown["content"]) == (payment["id"], "payment", "clip-1")


def test_without_content_or_money_nothing_is_given():
    paid()
    post("payments", body(content_id="clip-1", token=DECLINED))
    hear_all()
    assert not ContentAccess.objects.exists()


def test_a_part_given_back_leaves_access_and_the_whole_ends_it():
    payment = sold()
    refund(payment, 300)
    hear_all()
    assert ended() == ""
    refund(payment, 999)
    hear_all()
    assert ended() == "refunded"


def test_news_in_any_order_end_the_same():
    payment = paid(content_id="clip-1")
    refund(payment, 1_299)
    hear_all(backwards=True)
    assert not ContentAccess.objects.filter(ended_at=None).exists()


@pytest.mark.parametrize(("end", "expected"), [(win_dispute, ""), (lose_dispute, "disputed")])
def test_a_bank_that_takes_the_money_takes_access_until_it_gives_it_back(end, expected):
    payment = sold()
    dispute = disputed(payment)
    hear_all()
    assert ended() == "disputed"
    end(dispute_id=dispute.pk, by=HOUSE, at=clock.now())
    hear_all()
    assert ended() == expected


def disputed(payment):
    row = Payment.objects.get(pk=payment["id"])
    return open_dispute(
        payment_id=row.pk, provider_ref="d-1", amount=row.amount, reason="not me", by=HOUSE, at=clock.now()
    )


def test_what_was_seen_is_told_of_the_payment():
    payment = sold()
    item = {
        "external_id": "a-1", "content": "clip-1", "fan": "sam", "payment_id": payment["id"], "seen_percent": 40,
        "device": "d1",
    }  # fmt: skip
    assert tell("content-accesses", item).json()["data"][0]["result"] == "updated"
    kept = ContentAccess.objects.get()
    assert (kept.external_id, kept.seen_percent, kept.device, str(kept.payment_id)) == ("a-1", 40, "d1", payment["id"])
