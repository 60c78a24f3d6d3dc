"""A creator asks, a person answers once, and the creator reads it: never about one's own money, never two answers."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Forbidden, NotFound
from foundation.identity.models import Membership, SessionMark
from foundation.notifications.models import Notification
from foundation.uploads.services import take_document
from payouts.transparency.models import PayoutQuestion
from payouts.transparency.services import answer_creator, ask_person
from tests.cast import HOUSE, actor, portal_user, signed_in, staff
from tests.payouts.conftest import desk, standing  # noqa: F401  a rail inside the process
from tests.payouts.freezes.stories import scored
from tests.payouts.scene import ask, rich
from tests.uploads.papers import photo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("desk", "steady_copies")]
QUEUE = reverse("ops:questions")


@pytest.fixture
def payout():
    row = ask(rich())
    scored(row.creator_id)
    return row


def creator_of(payout):
    return portal_user(Membership.objects.get(party_id=payout.creator_id))


def asked(payout, words="Where is it?"):
    return ask_person(
        payout_id=payout.pk, creator_id=payout.creator_id, question=words, by=actor(creator_of(payout)), at=clock.now()
    )  # fmt: skip


def test_whoever_a_platform_sends_in_does_not_read_what_was_written(payout, settings, tmp_path):
    settings.STATE_DIR, settings.CLAMD_URL = tmp_path, ""
    maya = creator_of(payout)
    asked(payout, "Is my divorce known to you?")
    take_document(subject_type="payout", subject_id=payout.pk, raw=photo(), by=HOUSE, at=clock.now())
    page, herself = reverse("starz:payout", args=[payout.pk]), signed_in(Client(), maya)
    private = ("divorce", "Send the document", "You asked")
    assert [word in text(herself.get(page)) for word in private] == [True] * 3
    SessionMark.objects.update(
        handed_in_as=Membership.objects.get(party_id=payout.creator_id), stepped_up_at=None, second_factor_at=None
    )
    shown = herself.get(page)
    assert shown.status_code == 200
    assert [word in text(shown) for word in private] == [False] * 3


def door(name):
    return signed_in(Client(), staff(name))


def text(response):
    return " ".join(response.content.decode().split())


def test_asked_on_the_page_answered_from_the_queue_and_read_by_the_creator(payout):
    susi, herself = door("susi"), signed_in(Client(), creator_of(payout))
    page = reverse("starz:payout", args=[payout.pk])
    assert herself.post(f"{page}/ask", {"question": "Why does it wait?"}).status_code == 302
    row = PayoutQuestion.objects.get()
    assert "A person answers within a day" in text(herself.get(page))
    (told,) = Notification.objects.filter(notice="payout.asked_about")
    one = reverse("ops:question", args=[row.pk])
    assert (told.recipient, told.path) == (staff("susi"), one)
    tiles = {tile.label: (tile.value, tile.href) for tile in susi.get(reverse("support:home")).context["page"].tiles}
    assert tiles["Questions"] == (1, QUEUE)
    assert one in text(susi.get(QUEUE))
    assert one in text(susi.get(reverse("ops:payout", args=[payout.pk])))
    assert susi.post(one, {"answer": " "}).status_code == 200
    assert susi.post(one, {"answer": "Every payout waits; yours goes on by itself."}).url == QUEUE
    assert "No question waits" in text(susi.get(QUEUE))
    assert "Why does it wait?" in text(susi.get(f"{QUEUE}?view=answered"))
    read = text(herself.get(page))
    assert "Every payout waits; yours goes on by itself." in read
    assert "A person answered you" in read
    assert staff("susi").get_full_name() not in read
    (news,) = Notification.objects.filter(notice="payout.question_answered")
    assert (news.recipient, news.path) == (creator_of(payout), page)
    line = AuditRecord.objects.get(action="payout.question_answered")
    assert (line.actor, line.subject_id) == (actor(staff("susi")).reference, str(payout.pk))


def test_the_first_answer_stands(payout):
    row = asked(payout)
    one = reverse("ops:question", args=[row.pk])
    assert door("susi").post(one, {"answer": "It leaves today."}).status_code == 302
    late = door("fred").post(one, {"answer": "It leaves tomorrow."})
    assert (late.status_code, "A colleague answered it already" in text(late)) == (409, True)
    assert "It leaves today." in text(late)
    row.refresh_from_db()
    assert (row.answer, Notification.objects.filter(notice="payout.question_answered").count()) == (
        "It leaves today.", 1,
    )  # fmt: skip


def test_only_support_and_finance_answer_and_nobody_about_their_own(payout):
    row = asked(payout)
    one = reverse("ops:question", args=[row.pk])
    for name in ("eva", "udo", "ines", "petra"):
        assert [door(name).get(url).status_code for url in (QUEUE, one)] == [403, 403]
        assert door(name).post(one, {"answer": "x"}).status_code == 403
    with pytest.raises(Forbidden):
        answer_creator(question_id=row.pk, answer="Pay me.", by=actor(creator_of(payout)), at=clock.now())
    with pytest.raises(NotFound):
        answer_creator(question_id=payout.pk, answer="x", by=actor(staff("susi")), at=clock.now())


def test_a_few_may_wait_and_no_more(payout):
    for number in range(5):
        asked(payout, f"Question {number}?")
    with pytest.raises(Conflict):
        asked(payout, "And now?")
    page = reverse("starz:payout", args=[payout.pk])
    herself = signed_in(Client(), creator_of(payout))
    said = herself.post(f"{page}/ask", {"question": "And now?"}, follow=True)
    assert "wait for an answer" in text(said)
    assert PayoutQuestion.objects.count() == 5


def test_what_was_asked_and_answered_is_never_changed(payout):
    row = asked(payout)
    for change in ({"words": "Else?"}, {"asked_at": clock.now()}, {"answered_at": clock.now()}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PayoutQuestion.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.delete()


def test_the_queue_is_paged_oldest_first_without_more_questions_to_the_database(payout):
    first = asked(payout, "The first?")
    client = door("susi")

    def counted():
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                client.get(QUEUE)
            counts.append(len(queries))
        return min(counts)

    few = counted()
    at = clock.now()
    PayoutQuestion.objects.bulk_create(PayoutQuestion(payout=payout, words=f"{n}?", asked_at=at) for n in range(60))
    assert counted() <= few + 1  # the count of what waits
    table = client.get(QUEUE).context["table"]
    assert (len(table.rows), "The first?" in table.rows[0].cells[0].text) == (50, True)
    assert len(client.get(QUEUE + table.next_url).context["table"].rows) == 11
    assert client.get(QUEUE, {"after": "x"}).status_code == 400
    assert str(first.pk) not in table.next_url
