"""Keys in devices: a second factor that answers only here, only once, and only for its owner."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict
from foundation.identity.login import passkeys, second_factor
from foundation.identity.login.passkeys import Occasion, Purpose
from foundation.identity.models import Passkey, PasskeyChallenge, SessionMark
from foundation.identity.roles import Role
from tests.cast import HOUSE, developer, member, portal_user, staff, user_called
from tests.identity.entering import Browser, carry_mail, code_of, inside, with_totp
from tests.identity.softkey import VERIFIED, SoftKey, with_passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def ines():
    return staff("ines")


@pytest.fixture
def maya():
    return portal_user(member("maya"))


@pytest.fixture
def post():
    return carry_mail()


@pytest.fixture
def hands():
    yield lambda **much: clock.move_clock(ahead=timedelta(**much))
    clock.forget()


def challenged(user, address="192.0.2.10"):
    """A browser that gave the password, and what its second step asks a device."""
    browser = Browser(address)
    assert browser.sign_in(user.email).headers["Location"] == "/mfa"
    return browser, browser.get("/mfa").context["passkey_options"]


def enters(user, key, **how):
    browser, asked = challenged(user)
    answer = browser.send("/mfa", {"answer": key.signed(asked, **how)})
    return answer.status_code == 302 and browser.reaches()


def actions():
    return list(AuditRecord.objects.filter(action__startswith="user.").order_by("id").values_list("action", flat=True))


def test_staff_begin_with_a_key_alone_and_come_back_with_it(ines, post):
    browser = inside(ines)
    assert browser.get("/account/keys").headers["Location"].startswith("/account/security/totp")
    assert "/account/keys/add" in browser.get("/account/security/totp").content.decode()
    before = browser.key()
    key, answer = with_passkey(browser)
    assert len(answer.context["codes"]) == 10
    assert browser.key() != before
    assert browser.reaches("/admin/")

    assert enters(ines, key)
    page = inside(ines).get("/admin/")
    assert page.headers["Location"].startswith("/login")
    assert SessionMark.objects.filter(user=ines).order_by("pk").last().second_factor_at is not None
    signed_in = AuditRecord.objects.filter(action="user.signed_in").latest("id")
    assert signed_in.facts["second_factor"] == "passkey"
    used = AuditRecord.objects.get(action="user.passkey_used")
    assert used.facts == {"passkey": str(Passkey.objects.get().pk)}
    post()
    assert [sent.subject for sent in mail.outbox] == [
        "A passkey was added to your account", "New recovery codes were made for your account",
    ]  # fmt: skip


def test_creators_and_developers_may_use_keys_and_need_no_finger(maya):
    for user in (maya, developer()):
        key, answer = with_passkey(inside(user), verifies=False)
        assert answer.status_code == 200
        assert enters(user, key)


def test_step_up_by_key_opens_five_minutes(ines, hands):
    browser = inside(ines)
    key, _ = with_passkey(browser)
    hands(minutes=6)
    assert browser.send("/account/security/recovery-codes").headers["Location"].startswith("/account/confirm")
    asked = browser.get("/account/confirm").context["passkey_options"]
    away = {"answer": key.signed(asked), "next": "https://evil.example/"}
    assert browser.send("/account/confirm", away).headers["Location"] == "/"
    assert browser.send("/account/security/recovery-codes").status_code == 200
    assert AuditRecord.objects.filter(action="user.stepped_up", facts__method="passkey").count() == 2


HOSTILE = {
    "another origin": {"origin": "http://localhost:8001"},
    "another scheme": {"origin": "https://localhost:8000"},
    "a name below ours": {"origin": "http://evil.localhost:8000"},
    "a name that ends in ours": {"origin": "http://localhost:8000.evil.example"},
    "no origin": {"origin": None},
    "another host signed": {"host": "evil.example"},
    "another kind": {"kind": "webauthn.create"},
    "an altered count": {"altered": True},
    "inside a page of others": {"crossOrigin": True},
}


def test_answers_that_were_not_asked_for_here_open_nothing(ines):
    key, _ = with_passkey(inside(ines))
    for why, how in HOSTILE.items():
        browser, asked = challenged(ines)
        answer = browser.send("/mfa", {"answer": key.signed(asked, **how)})
        assert answer.status_code == 200, why
        assert "did not open" in answer.content.decode(), why
        assert not browser.reaches(), why
        second_factor.guards.forget(second_factor.guards.CODE, str(ines.pk))
    assert Passkey.objects.get().blocked_at is None
    assert actions().count("user.proof_failed") == len(HOSTILE)
    assert enters(ines, key)


def test_of_many_questions_the_newest_few_stay_and_a_name_too_long_is_no_key(ines):
    browser = inside(ines)
    key = SoftKey()
    for _ in range(8):
        asked = browser.get("/account/keys/add").context["passkey_options"]
    assert PasskeyChallenge.objects.count() == 5
    key.id = os.urandom(3000)
    answer = browser.send("/account/keys/add", {"name": "Long", "answer": key.made(asked)})
    assert "could not be added" in answer.content.decode()
    assert not Passkey.objects.exists()
    _, answer = with_passkey(browser)
    assert answer.status_code == 200
    assert Passkey.objects.count() == 1


def test_a_question_is_answered_once_in_its_session_for_its_person_and_purpose(ines, maya, hands):
    browser = inside(ines)
    key, _ = with_passkey(browser)
    mayas, _ = with_passkey(inside(maya))

    first, asked = challenged(ines)
    said = key.signed(asked)
    elsewhere, _ = challenged(ines)
    assert elsewhere.send("/mfa", {"answer": said}).status_code == 200
    assert first.send("/mfa", {"answer": mayas.signed(asked)}).status_code == 200
    assert first.send("/mfa", {"answer": said}).status_code == 200, "the question was spent by the wrong key"
    asked = first.get("/mfa").context["passkey_options"]
    said = key.signed(asked)
    assert first.send("/mfa", {"answer": said}).status_code == 302
    assert first.send("/account/confirm", {"answer": said}).status_code == 200

    to_add = first.get("/account/keys/add").context["passkey_options"]
    assert first.send("/account/confirm", {"answer": key.signed(to_add)}).status_code == 200
    late = first.get("/account/confirm").context["passkey_options"]
    own = json.loads(json.dumps(late))
    own["challenge"] = "A" * 43
    assert first.send("/account/confirm", {"answer": key.signed(own)}).status_code == 200
    hands(minutes=10)
    assert first.send("/account/confirm", {"answer": key.signed(late)}).status_code == 200
    hands(minutes=25)
    assert passkeys.forget_unanswered() > 0
    assert not PasskeyChallenge.objects.exists()


def test_staff_need_their_finger_to_add_and_to_enter(ines):
    browser = inside(ines)
    _, refused = with_passkey(browser, verifies=False)
    assert "Set a PIN" in refused.content.decode()
    assert not Passkey.objects.exists()
    key, _ = with_passkey(browser)
    key.flags = 0x01
    assert not enters(ines, key)
    challenge, asked = challenged(ines)
    assert "Set a PIN" in challenge.send("/mfa", {"answer": key.signed(asked)}).content.decode()
    assert "Set a PIN" not in challenge.send("/mfa", {"answer": key.signed(asked)}).content.decode()
    key.flags = 0x04
    assert not enters(ines, key)
    asked = browser.get("/account/confirm").context["passkey_options"]
    key.flags = 0x01
    assert "Set a PIN" in browser.send("/account/confirm", {"answer": key.signed(asked)}).content.decode()


def test_a_key_that_is_only_touched_is_no_last_factor_of_somebody_who_joins_the_staff(hands):
    nora = user_called("nora", Role.DEVELOPER)
    secret = with_totp(nora)
    key, _ = with_passkey(inside(nora, secret=secret), verifies=False)
    assert enters(nora, key)
    nora = user_called("nora", Role.FINANCE)
    hands(minutes=2)
    assert not enters(nora, key)
    browser = inside(nora, secret=secret)
    assert browser.send("/account/security/totp/remove").status_code == 409
    key.flags |= VERIFIED  # she gave it a PIN
    assert enters(nora, key)
    assert browser.send("/account/security/totp/remove").status_code == 302


def test_a_count_that_goes_back_blocks_the_key_but_leaves_no_open_door(maya, post):
    browser = inside(maya)
    key, _ = with_passkey(browser)
    assert enters(maya, key)
    assert enters(maya, key)
    key.count -= 1
    assert not enters(maya, key)
    key.count += 5
    post()
    assert "blocked" in mail.outbox[-1].subject
    assert AuditRecord.objects.get(facts__change="key_blocked").facts | {"passkey": ""} == {
        "change": "key_blocked", "passkey": "", "counted": 2, "known": 2,
    }  # fmt: skip

    without = Browser()
    assert without.sign_in(maya.email).headers["Location"] == "/mfa"
    page = without.get("/mfa")
    assert page.context["passkey_options"] is None
    assert not without.reaches()
    assert Passkey.objects.get().blocked_at is not None


def test_a_key_that_never_counts_is_taken_and_one_that_stops_counting_is_not(maya):
    browser = inside(maya)
    still, _ = with_passkey(browser, counts=False)
    assert enters(maya, still)
    assert enters(maya, still)
    moving, _ = with_passkey(browser)
    assert enters(maya, moving)
    moving.count, moving.step = 0, 0
    assert not enters(maya, moving)


def test_five_wrong_answers_close_the_second_step_with_codes_counted_along(ines):
    secret = with_totp(ines)
    alive = inside(ines, secret=secret)
    key, _ = with_passkey(alive)
    browser, asked = challenged(ines, "198.51.100.7")
    tries = [browser.send("/mfa", {"answer": "{}"}).status_code for _ in range(3)]
    tries += [browser.send("/mfa", {"code": "00000x"}).status_code for _ in range(2)]
    assert tries == [200] * 5
    assert browser.send("/mfa", {"answer": key.signed(asked)}).status_code == 429
    assert browser.send("/mfa", {"code": code_of(secret, 1)}).status_code == 429
    assert alive.reaches("/admin/")
    assert [alive.send("/account/confirm", {"answer": "{}"}).status_code for _ in range(6)] == [200] * 5 + [429]
    assert actions().count("user.locked") == 1


def test_keys_are_renamed_and_removed_by_their_owner_and_staff_keep_one(ines, maya):
    browser = inside(ines)
    other = inside(ines)
    with_passkey(browser)
    assert not other.reaches()
    key = Passkey.objects.get()
    stranger = inside(maya)
    for act in ("rename", "remove"):
        assert stranger.send(f"/account/keys/{key.pk}/{act}", {"name": "Mine"}).status_code == 404
    assert browser.send(f"/account/keys/{key.pk}/rename", {"name": "Red key"}).status_code == 302
    assert "Red key" in browser.get("/account/keys").content.decode()
    assert browser.send(f"/account/keys/{key.pk}/rename", {"name": " "}).status_code == 302
    assert browser.send(f"/account/keys/{key.pk}/remove").status_code == 409

    secret = with_totp(ines)
    assert browser.send(f"/account/keys/{key.pk}/remove").headers["Location"] == "/account/keys"
    assert browser.send("/account/security/totp/remove").status_code == 409
    assert inside(ines, secret=secret).reaches("/admin/")
    _, answer = with_passkey(browser, "Second")
    assert answer.headers["Location"] == "/account/keys"
    assert browser.send("/account/security/totp/remove").status_code == 302
    assert not second_factor.has_app(ines)
    assert second_factor.recovery_codes_left(ines) > 0

    with_passkey(stranger)
    mayas = Passkey.objects.get(user=maya)
    assert stranger.send(f"/account/keys/{mayas.pk}/remove").status_code == 302
    assert not second_factor.has_second_factor(maya)
    assert second_factor.recovery_codes_left(maya) == 0


def test_removing_and_adding_want_a_fresh_proof_and_never_a_password_alone(maya, hands):
    browser = inside(maya)
    with_passkey(browser)
    key = Passkey.objects.get()
    hands(minutes=6)
    assert browser.send(f"/account/keys/{key.pk}/remove").headers["Location"].startswith("/account/confirm")
    assert browser.get("/account/keys/add").headers["Location"].startswith("/account/confirm")
    SessionMark.objects.update(second_factor_at=None, stepped_up_at=clock.now())
    for path in (f"/account/keys/{key.pk}/remove", "/account/security/totp/remove", "/account/keys/add"):
        assert browser.send(path).headers["Location"].startswith("/account/confirm"), path
    assert Passkey.objects.count() == 1


def test_a_key_is_added_once_by_an_answer_to_a_question_and_ten_are_enough(maya, ines):
    browser = inside(maya)
    key, _ = with_passkey(browser)
    ask = lambda: browser.get("/account/keys/add").context["passkey_options"]  # noqa: E731
    assert [one["id"] for one in ask()["excludeCredentials"]]
    again = browser.send("/account/keys/add", {"name": "Again", "answer": key.made(ask())})
    assert "in use already" in again.content.decode()
    thief = inside(ines)
    theirs = thief.get("/account/keys/add").context["passkey_options"]
    assert (
        "in use already" in thief.send("/account/keys/add", {"name": "T", "answer": key.made(theirs)}).content.decode()
    )

    fresh = SoftKey()
    wrong = [
        fresh.made(ask(), origin="https://evil.example"), fresh.made(ask(), host="evil.example"),
        fresh.made(ask(), kind="webauthn.get"), fresh.made(ask(), alg=-999), fresh.made({"challenge": "A" * 43}),
        fresh.made(theirs), "{}", "[]", "null", "not json", '{"id": 1}', "[" * 8000,
        json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "!!"}}),
    ]  # fmt: skip
    for answer in wrong:
        page = browser.send("/account/keys/add", {"name": "Wrong", "answer": answer})
        assert page.status_code == 200, answer[:80]
        assert "could not be added" in page.content.decode(), answer[:80]
    assert "could not be added" not in browser.send("/account/keys/add", {"name": "", "answer": "{}"}).content.decode()

    Passkey.objects.bulk_create(
        Passkey(user=maya, name=str(n), credential_id=bytes([n]), credential=b"", sign_count=0) for n in range(9)
    )
    occasion = Occasion(maya, Purpose.ADD, browser.key())
    state = {"challenge": "QUFBQUFBQUFBQUFBQUFBQQ"}
    passkeys._remember(occasion, state)
    with pytest.raises(Conflict):
        passkeys.add_passkey(occasion, answer=SoftKey().made(state), name="11th", by=HOUSE)


@pytest.mark.django_db(transaction=True)
def test_one_answer_given_fifty_times_at_once_opens_once():
    ines = staff("ines")
    key, _ = with_passkey(inside(ines), counts=False)
    occasion = Occasion(ines, Purpose.CONFIRM, "a session")
    said = key.signed(passkeys.ask_to_prove(occasion))

    def open_with(answer):
        try:
            return passkeys._proven(occasion, answer, HOUSE) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as many:
        assert sum(many.map(open_with, [said] * 50)) == 1
    assert AuditRecord.objects.filter(action="user.passkey_used").count() == 1


def test_who_loses_all_is_reset_by_somebody_else(ines):
    browser = inside(ines)
    with_passkey(browser)
    second_factor.remove_second_factor(ines, by=HOUSE)
    assert not second_factor.has_second_factor(ines)
    assert not Passkey.objects.exists()
