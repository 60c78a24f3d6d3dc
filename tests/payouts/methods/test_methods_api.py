"""Payout methods by their API and pages: write-only details, proof by mail, step-up, and nobody else's."""

import json
import re
from itertools import count

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.audit.models import AuditRecord
from foundation.http import rates
from payouts.methods.models import PayoutMethod
from tests.cast import member, portal_user, signed_in
from tests.hearing import hear
from tests.payouts.scene import creator, method_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("steady_copies")]
API = "/api/v1/payout-methods"
PAGE = "/starz/settings/methods"
IBAN = {"name": "Maya Moss", "iban": "DE89 3704 0044 0532 0130 00"}
_keys = count(1)


@pytest.fixture(autouse=True)
def fresh_counters(db):
    rates._client().flushdb()


def browser(name="maya", **how):
    """A creator at the door, and their party."""
    user = portal_user(member(name))
    return signed_in(Client(), user, **how), user.party_id


def post(client, path, body=None, **headers):
    keyed = {"Idempotency-Key": f"key-{next(_keys)}", **headers}
    return client.post(f"{API}{path}", json.dumps(body or {}), "application/json", headers=keyed)


def sepa(**more):
    return {"rail": "sepa", "currency": "EUR", "details": {**IBAN, **more}}


def mailed_code():
    return re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]


def test_a_method_is_added_proved_listed_and_removed():
    maya, _ = browser()
    made = post(maya, "", sepa())
    assert made.status_code == 201
    assert made.json()["label"] == "IBAN DE ···3000"
    hear("payout_methods")
    code = mailed_code()
    url = f"/{made.json()['id']}"
    assert post(maya, f"{url}/proof", {"code": "no"}).json()["code"] == "methods.bad_code"
    done = post(maya, f"{url}/proof", {"code": code}).json()
    assert (done["state"], done["is_preferred"]) == ("ACTIVE", True)
    (listed,) = maya.get(API).json()["data"]
    assert listed == maya.get(API + url).json() == done
    gone = maya.delete(API + url, headers={"Idempotency-Key": "away"})
    assert (gone.status_code, gone.json()["state"]) == (200, "REPLACED")
    assert maya.get(API).json() == {"data": []}
    acts = AuditRecord.objects.filter(action__startswith="payout_method").values_list("action", flat=True)
    assert "payout_method.added" in acts


def test_details_go_in_and_never_come_out():
    maya, _ = browser()
    answers = [post(maya, "", sepa()), maya.get(API), maya.get(PAGE)]
    assert not any("0532" in answer.content.decode() or "Moss" in answer.content.decode() for answer in answers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (sepa(iban="DE89370004400532013001"), "iban"),
        ({"rail": "ach", "currency": "USD", "details": {"name": "M", "routing_number": "021000022",
          "account_number": "12345678", "account_type": "checking"}}, "routing_number"),
        ({"rail": "crypto", "currency": "BTC", "details": {"coin": "BTC", "address": "bc1qnotanaddress"}}, "address"),
        ({"rail": "sepa", "currency": "EUR", "details": {"name": "Maya"}}, "iban"),
        ({"rail": "sepa", "currency": "EUR", "details": {**IBAN, "pin": "1"}}, "pin"),
    ],
)  # fmt: skip
def test_a_refusal_names_its_field(body, field):
    maya, _ = browser()
    refused = post(maya, "", body)
    assert refused.status_code == 422
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not PayoutMethod.objects.exists()


@pytest.mark.parametrize("value", [5, True, None, ["DE00"], {}])
def test_details_are_texts(value):
    maya, _ = browser()
    refused = post(maya, "", sepa(iban=value))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "details")


def test_an_address_of_another_coin_is_refused():
    maya, _ = browser()
    given = {"coin": "ETH", "address": "0x52908400098527886E0F7030069857D2E4169EE7"}
    refused = post(maya, "", {"rail": "crypto", "currency": "BTC", "details": given})
    assert refused.json()["code"] == "methods.other_coin"


def test_the_same_key_adds_once_and_none_is_refused():
    maya, _ = browser()
    first, again = (post(maya, "", sepa(), **{"Idempotency-Key": "one"}) for _ in range(2))
    assert first.json() == again.json()
    assert PayoutMethod.objects.count() == 1
    assert maya.post(API, json.dumps(sepa()), "application/json").json()["code"] == "idempotency.key_missing"


def test_codes_are_tried_so_often_and_no_more():
    maya, _ = browser()
    url = f"/{post(maya, '', sepa()).json()['id']}/proof"
    tried = [post(maya, url, {"code": "000000x"}).status_code for _ in range(31)]
    assert tried[:30] == [422] * 30
    assert tried[30] == 429


def test_adding_and_removing_ask_who_it_is_again_and_stopping_does_not(desk):
    maya, party = browser(stepped_up=False)
    theirs = method_of(party, email="a@b.example")
    assert post(maya, "", sepa()).json()["code"] == "auth.step_up_required"
    assert maya.delete(f"{API}/{theirs.pk}").json()["code"] == "auth.step_up_required"
    assert maya.get(f"{PAGE}/add?rail=sepa").headers["Location"].startswith("/account/confirm")
    assert maya.post(f"{PAGE}/{theirs.pk}/disown").status_code == 302
    assert PayoutMethod.objects.get(pk=theirs.pk).state == "DISABLED"


def test_the_page_adds_proves_and_says_when_a_change_begins(desk):
    maya, party = browser()
    method_of(party, email="first@paxum.example")
    wrong = maya.post(f"{PAGE}/add?rail=sepa", {"currency": "EUR", **IBAN, "iban": "DE00"})
    assert "No account has this IBAN" in wrong.content.decode()
    added = maya.post(f"{PAGE}/add?rail=sepa", {"currency": "EUR", **IBAN})
    hear("payout_methods")
    refused = maya.post(added.headers["Location"], {"do": "prove", "code": "1"})
    assert (refused.status_code, "This is not the code" in refused.content.decode()) == (422, True)
    maya.post(added.headers["Location"], {"do": "prove", "code": mailed_code()})
    row = PayoutMethod.objects.get(rail="sepa")
    shown = maya.get(PAGE).content.decode()
    assert row.state == "COOLING"
    assert "notice a change that is not yours" in shown
    assert row.usable_from.strftime("%Y-%m-%dT%H:%M") in shown


def test_a_change_is_told_to_the_address_the_platform_knows_and_the_old_destinations(desk):
    maya, party = browser("mail-maya")
    old = method_of(party, email="old@paxum.example")
    hear("payout_methods_mails")
    mail.outbox.clear()
    added = maya.post(f"{PAGE}/add?replaces={old.pk}", {"currency": "USD", "email": "new@paxum.example"})
    assert added.status_code == 302
    hear("payout_methods_mails")
    told = {address for sent in mail.outbox for address in sent.to}
    assert told == {"mail-maya@people.example", "old@paxum.example"}
    assert "was added" in mail.outbox[0].body


def test_another_creators_is_not_there(desk):
    maya, _ = browser()
    theirs = method_of(creator(), email="s@b.example")
    for way in ("prefer", "remove", "disown"):
        assert maya.post(f"{PAGE}/{theirs.pk}/{way}").status_code == 404
    assert maya.get(f"{PAGE}/{theirs.pk}").status_code == 404
    assert maya.get(f"{PAGE}/add?replaces={theirs.pk}").status_code == 404
    assert post(maya, "", sepa() | {"replaces_id": str(theirs.pk)}).status_code == 404
    assert PayoutMethod.objects.get(pk=theirs.pk).state == "ACTIVE"


def test_the_list_asks_as_much_for_ten_as_for_one(desk):
    maya, party = browser()
    method_of(party, email="m@b.example")
    maya.get(PAGE)

    def asked():
        with CaptureQueriesContext(connection) as found:
            assert maya.get(PAGE).status_code == 200
        return len(found)

    of_one = asked()
    for number in range(8):
        method_of(party, email=f"m{number}@b.example")
    assert asked() == of_one
