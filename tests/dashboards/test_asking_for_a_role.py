import pytest
from django.test import Client

from foundation.approvals.models import Approval
from tests.cast import signed_in, staff, user_called

pytestmark = pytest.mark.django_db
URL = "/ops/approvals/ask/role"


def ask(who, **changed):
    said = {"email": "nora@fanzmoney.example", "role": "finance", "reason": "She joins the desk", **changed}
    return signed_in(Client(), staff(who)).post(URL, said)


def test_an_admin_asks_and_lands_on_the_request():
    nora = user_called("nora")

    answer = ask("adam")

    asked = Approval.objects.get()
    assert answer.headers["Location"] == f"/ops/approvals/{asked.pk}"
    assert asked.payload == {"user_id": str(nora.pk), "role": "finance"}
    assert b"Ask for a role" in signed_in(Client(), staff("adam")).get("/ops/approvals").content
    assert b"Ask for a role" not in signed_in(Client(), staff("petra")).get("/ops/approvals").content


@pytest.mark.parametrize(
    ("who", "changed", "says"),
    [
        ("adam", {"email": "nobody@fanzmoney.example"}, b"Nobody has an account"),
        ("adam", {"role": "creator"}, b"Select a valid choice"),
        ("adam", {"role": ""}, b"required"),
        ("adam", {"reason": ""}, b"required"),
        ("adam", {"email": "adam@fanzmoney.example"}, b"somebody else has to ask"),
    ],
)
def test_what_cannot_be_asked_is_said_on_the_form(who, changed, says):
    user_called("nora")

    answer = ask(who, **changed)

    assert answer.status_code == 200
    assert says in answer.content
    assert not Approval.objects.exists()


def test_it_is_not_for_everybody():
    user_called("nora")

    assert ask("fred").status_code == 403
    assert not Approval.objects.exists()
