import pytest
from django.test import Client

from foundation.approvals.models import Approval
from tests.cast import signed_in, staff
from tests.trust.stories import agree, judged_here

pytestmark = pytest.mark.django_db
LIMITS, ASK = "/ops/trust/limits", "/ops/trust/limits/ask"


def visit(who, url=LIMITS):
    return signed_in(Client(), staff(who)).get(url)


def ask(who="fred", **changed):
    said = {
        "name": "fan-hour", "act": "charge", "subject": "fan", "platform": "", "window_seconds": "3600",
        "most_count": "12", "currency": "", "most": "", "verdict": "refuse", "reason": "Seen in the numbers",
        **changed,
    }  # fmt: skip
    return signed_in(Client(), staff(who)).post(ASK, said)


def test_limits_are_shown_with_what_they_stopped():
    judged_here(60_000)
    page = visit("udo").content.decode()
    assert "charges of each fan, under strict limits" in page
    assert "Too much money" in page
    assert ASK not in page
    assert f"{ASK}?name=fan-hour" in visit("fred").content.decode()


def test_finance_finds_them_from_the_payments():
    assert LIMITS in visit("fred", "/ops/payments").content.decode()


def test_the_form_begins_with_the_limit_as_it_is():
    assert b'value="30"' in visit("fred", f"{ASK}?name=fan-hour").content


def test_a_change_is_asked_and_happens_when_agreed():
    answer = ask()

    asked = Approval.objects.get(policy="trust.limits")
    assert answer.headers["Location"] == f"/ops/approvals/{asked.pk}"
    assert f"/ops/approvals/{asked.pk}" in visit("fred").content.decode()
    agree(asked)
    assert b">12<" in visit("fred").content


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"subject": "card"}, b"choose a new one"),
        ({"name": "not a name"}, b"valid"),
        ({"most": "5"}, b"bounded in one currency"),
        ({"most": "5.5", "currency": "JPY"}, b"0 digits behind"),
        ({"reason": ""}, b"required"),
        ({"window_seconds": "-1"}, b"greater than or equal"),
    ],
)
def test_what_cannot_be_asked_is_said_on_the_form(changed, says):
    answer = ask(**changed)
    assert answer.status_code == 200
    assert says in answer.content
    assert not Approval.objects.exists()


def test_it_is_not_for_everybody():
    assert visit("susi").status_code == 403
    assert ask("petra").status_code == 403
