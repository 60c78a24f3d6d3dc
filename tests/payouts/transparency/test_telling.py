"""From a fact to the creator's inbox: a freeze is told with cause, date, what can be done and the page, at once."""

import re
import time
from datetime import timedelta
from email import message_from_bytes, policy

from django.test import Client

from foundation import clock
from foundation.jobs.registry import jobs
from foundation.notifications.delivering import deliver_due
from foundation.notifications.models import Notification
from payouts.freezes.models import Freeze
from payouts.freezes.services import release_freeze
from payouts.integrity.services import rescore
from tests.cast import HOUSE, member, portal_user, signed_in
from tests.hearing import hear
from tests.payouts.freezes.stories import frozen_account, maya, waiting
from tests.payouts.freezes.test_hearing import disputed, sales

MINUTE = timedelta(seconds=60)


def letters(postbox):
    """What is in the creator's inbox, by its subject."""
    deliver_due()
    read = [message_from_bytes(content, policy=policy.default) for *_, content in postbox.taken]
    return {one["Subject"]: next(one.iter_parts()).get_content() for one in read}


def test_a_freeze_is_in_the_creators_inbox_within_a_minute_of_its_cause(desk, postbox):
    creator_id = maya()
    sold = sales(60)
    rescore([creator_id], reason="story", at=clock.now())
    payout = waiting(100_00, creator_id)
    began = time.monotonic()
    for payment in sold[:6]:
        disputed(payment)
    hear("freezes", times=1)
    letter = re.sub(r"\s+", " ", letters(postbox)["A payout is on hold"])
    assert time.monotonic() - began < MINUTE.total_seconds()
    freeze = Freeze.objects.get(payout=payout)
    told = Notification.objects.get(notice="freeze.placed")
    assert told.created_at == freeze.told_at == freeze.frozen_at
    assert told.path == f"/starz/payouts/{payout.pk}"
    for part in (
        "6 card disputes arrived in 7 days.",
        f"{freeze.review_by:%-d %B %Y}",
        "Answer each dispute",
        told.path,
    ):
        assert part in letter, part
    assert "On hold" in signed_in(Client(), portal_user(member("maya"))).get(told.path).content.decode()


def test_mail_that_is_due_is_looked_for_often_enough_for_that():
    assert jobs["notifications.sweep"].every <= MINUTE / 3


def test_what_covers_everything_leads_to_the_standing(desk):
    freeze = frozen_account(maya())
    assert Notification.objects.get(notice="freeze.placed").path == "/starz/standing"
    release_freeze(freeze_id=freeze.pk, reason="looked at", by=HOUSE, at=clock.now())
    told = Notification.objects.get(notice="freeze.released")
    assert (told.title, told.path) == ("Your payouts go on", "/starz/standing")
