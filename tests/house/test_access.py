"""Default deny: every address has a row, every row an address, and every cell answers as its row says."""

import copy
import re

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from compliance.tax.models import TaxDocument
from foundation import clock
from foundation.hooks.services import create_endpoint, send_test
from foundation.http import access, rates
from foundation.http.api import ApiView
from foundation.http.routes import every_route
from foundation.http.serializers import StrictSerializer, errors_of
from foundation.identity.models import Passkey
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope
from foundation.ids import uuid7
from foundation.notifications.selectors import list_notifications
from foundation.notifications.services import notify
from foundation.requests.models import RequestLine
from foundation.uploads.services import take_document
from ledger.services import open_account, post
from ledger.types import AccountKey
from payouts.methods.services import add_method
from tests.approvals.stories import ask_for_role
from tests.cast import HOUSE, member, missing_id, platform, program, signed_in, user_called
from tests.content.stories import given_access, told_content
from tests.fanzpay.elsewhere import sale_elsewhere
from tests.house.addresses import METHODS, PARTS, address, as_caller, callers, cells, parts, roles_of
from tests.ledger.books import KINDS, as_owner, pay, world
from tests.payouts.elsewhere import asked_elsewhere
from tests.uploads.papers import photo

# Parts of an address that name something which everyone with the row's audience may see.
SHARED = {
    "ops:approval": "every member of staff may read a request for approval",
    "crisis:switch": "a switch is the same for all",
    "ops:replay_letter": "a letter belongs to the house, and the role opens all of them",
    "api:audit-record": "those who may read the trail may read all of it",
    "api:hook-endpoint-replay": "nothing without a time; tests/hooks/test_endpoints_api.py asks with one",
    "api:escalation": "escalations belong to the house, and the role opens all of them",
    "api:escalation-actions": "escalations belong to the house, and the role opens all of them",
    "api:escalation-resolution": "escalations belong to the house, and the role opens all of them",
    "compliance:escalation_documents": "escalations belong to the house, and the role opens all of them",
    "compliance:document": "evidence belongs to the house, and the role opens all of it",
    "ops:document": "what was sent about payouts belongs to the house, and the role opens all of it",
    "compliance:escalation": "escalations belong to the house, and the role opens all of them",
    "compliance:signed_pack": "packs are asked for by the house, and only whoever asked takes one",
    "compliance:audit_record": "those who may read the trail may read all of it",
    "ops:ledger_account": "the books belong to the house, and the role opens all of them",
    "ops:ledger_statement": "the books belong to the house, and the role opens all of them",
    "ops:ledger_entry": "the books belong to the house, and the role opens all of them",
    "ops:trial_balance_file": "it names the kind of file",
    "ops:reconciliation_break": "a difference belongs to the house, and the role opens all of them",
    "api:statement-file": "it names the kind of file",
    "api:ledger-statement": "nothing without a period; tests/ledger/test_ledger_api.py asks with one",
    "api:ledger-statement-file": "nothing without a period; tests/ledger/test_ledger_api.py asks with one",
    "ops:payment": "payments belong to the house, and the role opens all of them",
    "ops:payment_refund": "payments belong to the house, and the role opens all of them",
    "ops:payment_void": "payments belong to the house, and the role opens all of them",
    "ops:payment_cancel": "payments belong to the house, and the role opens all of them",
    "ops:payment_ask": "payments belong to the house, and the role opens all of them",
    "ops:payment_outcome": "payments belong to the house, and the role opens all of them",
    "ops:refund_outcome": "refunds belong to the house, and the role opens all of them",
    "ops:refund_settle": "refunds belong to the house, and the role opens all of them",
    "ops:refund_ask": "refunds belong to the house, and the role opens all of them",
    "ops:payments_export": "it names the kind of file",
    "ops:payout_calendar_file": "it names the kind of file",
    "ops:payouts_export": "it names the kind of file",
    "ops:payout": "payouts belong to the house, and the role opens all of them",
    "ops:payout_extend": "payouts belong to the house, and the role opens all of them",
    "ops:payout_freeze": "payouts belong to the house, and the role opens all of them",
    "ops:payout_cancel": "payouts belong to the house, and the role opens all of them",
    "ops:payout_confirm": "payouts belong to the house, and the role opens all of them",
    "ops:payout_returned": "payouts belong to the house, and the role opens all of them",
    "compliance:tax_file": "it names the kind of file",
    "compliance:tax_document": "documents of all creators are read by those whose work it is, and it is recorded",
    "ops:question": "questions are put to the house, and the role opens all of them",
    "ops:hold": "freezes belong to the house, and the role opens all of them",
    "ops:hold_note": "notes belong to the house, and the role opens all of them",
    "ops:payout_ask": "payouts belong to the house, and the role opens all of them",
    "ops:webhook_call": "what providers told belongs to the house, and the role opens all of it",
    "ops:webhook_call_replay": "what providers told belongs to the house, and the role opens all of it",
    "ops:webhook_replay": "what providers told belongs to the house, and the role opens all of it",
    "webhooks:call": "it names a provider",
    "account:new_address": "the letter itself is the secret",
    "invite:page": "the link itself is the secret",
    "handoff:page": "the link itself is the secret",
    "account_reset_password_from_key": "the link itself is the secret",
}


def a_strangers_passkey():
    user = user_called("stranger", Role.FAN)
    return Passkey.objects.create(user=user, name="Theirs", credential_id=b"theirs", credential=b"", sign_count=0).pk


def a_strangers_session():
    stranger = user_called("stranger", Role.FAN)
    signed_in(Client(), stranger)
    return stranger.session_marks.get().pk


def a_strangers_message():
    stranger = user_called("stranger", Role.FAN)
    told = {"recipients": [stranger.pk], "notice": "approval.requested", "dedupe": "theirs", "at": clock.now()}
    notify(**told, facts={"title": "t", "due": "soon", "approval_id": missing_id()})
    return list_notifications(stranger.pk)[0].id


def member_of_another_platform(role):
    return lambda: member("only-on-girlfanz", role, slug="girlfanz").external_id


def request_about_a_role():
    return ask_for_role().pk


def account_of_another_platform():
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    return open_account(AccountKey("story", "wallet", "USD", uuid7(), platform("girlfanz").pk))


def movement_of_another_platform():
    return post(pay(world(), account_of_another_platform(), 5)).id


def content_of_another_platform():
    return told_content(slug="girlfanz").external_id


def access_of_another_platform():
    return given_access(slug="girlfanz").pk


def payment_of_another_platform():
    return sale_elsewhere("girlfanz")[0]


def refund_of_another_platform():
    return sale_elsewhere("girlfanz")[1]


def subscription_of_another_platform():
    return sale_elsewhere("girlfanz")[2]


def card_of_another_platform():
    return sale_elsewhere("girlfanz")[3]


def destination_of_another_creator():
    given = {"rail": "paxum", "currency": "USD", "details": {"email": "stranger@paxum.example"}}
    return add_method(creator_id=member("a-stranger").party_id, **given, by=HOUSE, at=clock.now()).id


def payout_of_another_creator():
    return asked_elsewhere("a-stranger").pk


def endpoint_of_another_platform():
    there = {"platform_id": platform("girlfanz").pk, "by": HOUSE, "at": clock.now()}
    return create_endpoint(url="https://girlfanz.example/hook", topics=["txn.capture"], **there).endpoint.pk


def delivery_of_another_platform():
    there = {"platform_id": platform("girlfanz").pk, "by": HOUSE, "at": clock.now()}
    return send_test(endpoint_id=endpoint_of_another_platform(), **there).pk


def request_of_another_platform():
    theirs = {"platform_id": platform("girlfanz").pk, "client_id": missing_id(), "method": "GET", "path": "/api/v1/me"}
    return RequestLine.objects.create(**theirs, at=clock.now(), status=200, request_id="theirs", milliseconds=1).pk


def program_of_another_platform():
    return program("girlfanz").client_id


def paper_of_another_creator():
    about = {"subject_type": "payout", "subject_id": payout_of_another_creator()}
    return take_document(**about, raw=photo(), by=HOUSE, at=clock.now()).id


def tax_document_of_another_creator():
    figures = {"currency": "USD", "compensation_minor": 1, "withheld_minor": 0}
    theirs = {"party_id": member("a-stranger").party_id, "year": 2026, "kind": "1099-NEC", "number": 1}
    return TaxDocument.objects.create(**theirs, figures=figures, made_at=clock.now(), made_by="tests").pk


# Addresses with the id of something that is somebody's: who asks, and how a stranger's thing is made.
OTHERS = {
    "account:end_session": ("admin", a_strangers_session),
    "account:key_rename": ("admin", a_strangers_passkey),
    "account:key_remove": ("admin", a_strangers_passkey),
    "account:notification": ("admin", a_strangers_message),
    "api:approval": ("program of boyfanz", request_about_a_role),
    "api:approval-approve": ("program of boyfanz", request_about_a_role),
    "api:approval-reject": ("program of boyfanz", request_about_a_role),
    "api:approval-withdraw": ("program of boyfanz", request_about_a_role),
    "starz:document": (Role.CREATOR, paper_of_another_creator),
    **dict.fromkeys(("api:upload", "api:upload-content"), ("program of boyfanz", paper_of_another_creator)),
    "api:creator": ("program of boyfanz", member_of_another_platform(Role.CREATOR)),
    "api:creator-invitation": ("program of boyfanz", member_of_another_platform(Role.CREATOR)),
    **dict.fromkeys(
        (
            "api:hook-endpoint",
            "api:hook-endpoint-secret",
            "api:hook-endpoint-test",
            "api:hook-endpoint-off",
            "api:hook-endpoint-on",
        ),
        ("program of boyfanz", endpoint_of_another_platform),
    ),
    **dict.fromkeys(
        (
            "developers:webhook",
            "developers:webhook_change",
            "developers:webhook_secret",
            "developers:webhook_test",
            "developers:webhook_off",
            "developers:webhook_on",
            "developers:webhook_replay",
            "developers:webhook_remove",
            "developers:deliveries_file",
        ),
        (Role.DEVELOPER, endpoint_of_another_platform),
    ),
    "developers:delivery": (Role.DEVELOPER, delivery_of_another_platform),
    "developers:delivery_replay": (Role.DEVELOPER, delivery_of_another_platform),
    "developers:payment": (Role.DEVELOPER, payment_of_another_platform),
    "developers:subscription": (Role.DEVELOPER, subscription_of_another_platform),
    "developers:request": (Role.DEVELOPER, request_of_another_platform),
    "developers:key": (Role.DEVELOPER, program_of_another_platform),
    "api:hook-delivery": ("program of boyfanz", delivery_of_another_platform),
    "api:hook-delivery-replay": ("program of boyfanz", delivery_of_another_platform),
    "api:ledger-account": ("program of boyfanz", account_of_another_platform),
    "api:ledger-transfer": ("program of boyfanz", movement_of_another_platform),
    "api:ledger-journal": ("program of boyfanz", movement_of_another_platform),
    "api:content-one": ("program of boyfanz", content_of_another_platform),
    "api:content-access": ("program of boyfanz", access_of_another_platform),
    "api:payment": ("program of boyfanz", payment_of_another_platform),
    "api:payment-cancel": ("program of boyfanz", payment_of_another_platform),
    "api:payment-void": ("program of boyfanz", payment_of_another_platform),
    "api:refund": ("program of boyfanz", refund_of_another_platform),
    "api:subscription": ("program of boyfanz", subscription_of_another_platform),
    "api:subscription-cancel": ("program of boyfanz", subscription_of_another_platform),
    "api:instrument": ("program of boyfanz", card_of_another_platform),
    **dict.fromkeys(
        (
            "api:payout-method",
            "api:payout-method-code",
            "api:payout-method-proof",
            "api:payout-method-preferred",
            "api:payout-method-disowned",
            "starz:method",
            "starz:method_prefer",
            "starz:method_remove",
            "starz:method_disown",
        ),
        (Role.CREATOR, destination_of_another_creator),
    ),
    **dict.fromkeys(
        (
            "api:payout",
            "api:payout-cancel",
            "api:payout-method-choice",
            "starz:payout",
            "starz:payout_cancel",
            "starz:payout_method",
            "starz:payout_ask",
            "starz:payout_answer",
            "starz:payout_documents",
        ),
        (Role.CREATOR, payout_of_another_creator),
    ),
    "api:creator-payouts": ("program of boyfanz", member_of_another_platform(Role.CREATOR)),
    "api:creator-payout-status": ("program of boyfanz", member_of_another_platform(Role.CREATOR)),
    "starz:tax_document": (Role.CREATOR, tax_document_of_another_creator),
    "api:fan": ("program of boyfanz", member_of_another_platform(Role.FAN)),
    "api:fan-invitation": ("program of boyfanz", member_of_another_platform(Role.FAN)),
}


def test_every_address_has_a_row():
    assert [route.path for route in every_route() if access.row_for(route.name) is None] == []


def test_every_row_has_an_address():
    names = {route.name for route in every_route()}
    assert [
        row
        for row in access.rows()
        if not any(name == row or (row[-1] == "*" and name.startswith(row[:-1])) for name in names)
    ] == []


def test_rows_name_known_roles_scopes_and_methods():
    for name, row in access.rows().items():
        assert set(row) <= {"GET", "POST", "PUT", "PATCH", "DELETE"}, name
        for who in row.values():
            assert who.roles <= set(Role.values), name
            assert who.scopes <= set(Scope.values), name


def test_an_address_without_a_row_is_closed_to_all(settings, db):
    def secret(request):
        return HttpResponse("secret")

    class SecretView(ApiView):
        def get(self, request):
            return HttpResponse("secret")

    class Urls:
        urlpatterns = [
            path("secret", secret, name="secret"), path("unnamed", secret), path("api/v1/secret", SecretView.as_view()),
            path("", include("fanzmoney.urls")),
        ]  # fmt: skip
        handler404 = "foundation.http.refusals.not_found"

    settings.ROOT_URLCONF = Urls
    for caller in ("anonymous", Role.ADMIN, "program of boyfanz"):
        for url in ("/secret", "/unnamed", "/api/v1/secret"):
            assert as_caller(caller).get(url).status_code == 404


def expected(route, method, caller):
    """What the table says: the reason for which this cell is closed, or nothing when it is open."""
    row = access.row_for(route.name)
    who = row.get("GET" if method == "HEAD" else method)
    if who is None:
        return "request.method_not_allowed"
    if who.is_public:
        return ""
    is_api = route.path.startswith("/api/")
    if caller == "anonymous" or (caller.startswith("program") and not is_api):
        return "auth.required"
    if caller.startswith("program"):
        is_in = who.is_any_client or (who.scopes and "without" not in caller)
        return "" if is_in else "auth.scope_missing" if who.scopes else "auth.forbidden"
    if not (who.is_any_person or who.roles & roles_of(caller)):
        return "auth.forbidden"
    if caller == "staff without second factor" and who.needs_second_factor:
        return "auth.second_factor_required"
    if caller.startswith("staff") and who.needs_step_up and method not in ("GET", "HEAD"):
        return "auth.step_up_required"
    return ""


# Pages that ask for the proof of POST already when they are read.
CAREFUL = {
    "account:totp": "it shows a secret",
    "account:key_add": "the key is asked as soon as it is opened",
    "starz:method_add": "what was typed is not kept",
    "starz:tax_sign": "what was typed is not kept",
}
CURES = {
    "auth.required": "/login", "auth.second_factor_required": "/account/security/totp",
    "auth.step_up_required": "/account/confirm",
}  # fmt: skip
GATE = {
    "request.method_not_allowed": 405, "auth.forbidden": 403, "auth.second_factor_required": 403,
    "auth.step_up_required": 403, "auth.scope_missing": 403,
}  # fmt: skip


def is_answered_as(response, reason, route, method):
    """Whether the answer is the refusal for this reason, or passed the gate when there is none."""
    location = response.headers.get("Location", "")
    if not reason:
        is_sent_to_prove = any(location.startswith(f"{cure}?next=") for cure in CURES.values())
        who = access.row_for(route.name)["GET" if method == "HEAD" else method]
        is_free = who.is_public or route.name in CAREFUL
        return response.status_code < 500 and (is_free or not (is_sent_to_prove or response.status_code == 401))
    if reason in CURES and not route.path.startswith("/api/"):
        return response.status_code == 302 and location.startswith(CURES[reason])
    return response.status_code == GATE.get(reason, 401) and (method == "HEAD" or reason in response.content.decode())


@pytest.mark.parametrize("caller", callers())
def test_every_cell_answers_as_its_row_says(caller, db, settings, request):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (1_000_000, 60))
    rates._client().flushdb()
    client, wrong = as_caller(caller), []
    cookies = copy.deepcopy(client.cookies)
    for route, url, method in cells(caller, every=request.config.getoption("--all-variants")):
        client.cookies = copy.deepcopy(cookies)
        response = undone(client, method, url)
        reason = expected(route, method, caller)
        if not is_answered_as(response, reason, route, method):
            wrong.append(f"{method} {url}: {response.status_code} {response.headers.get('Location', '')}, not {reason}")
    assert wrong == []


def undone(client, method, url):
    """The answer to a request whose effects are rolled back."""
    attempt = transaction.atomic()
    attempt._from_testcase = True
    with attempt:
        response = client.generic(method, url, b"", "application/json" if "/api/" in url else "text/plain")
        transaction.set_rollback(True)
    return response


def test_every_id_in_an_address_is_somebodys_or_everybodys():
    """A new address with an id is listed above: what a stranger may not see must answer like what is not there."""
    named = {route.name for route in every_route() if parts(route) and not route.name.startswith("admin:")}
    assert named == SHARED.keys() | OTHERS.keys()


@pytest.mark.parametrize("name", OTHERS)
def test_a_strangers_thing_answers_like_a_missing_one(name, db):
    caller, make = OTHERS[name]
    visitor, theirs = as_caller(caller), make()
    route = next(route for route in every_route() if route.name == name)
    (part,) = parts(route)
    missing = PARTS["int"] if isinstance(theirs, int) else missing_id()

    def ask(method, value):
        body = {"content_type": "application/json"} if method != "GET" else {}
        response = visitor.generic(method, address(route, **{part: value}), **body)
        words = response.content.decode().replace(response.headers["X-Request-Id"], "")
        words = re.sub(rf'(?<=[/"]){value}', "", words)
        words = re.sub(r'name="csrf-token" content="\w+"', "", words)
        differing = {"X-Request-Id", "Content-Length", "RateLimit"}
        return response.status_code, {k: v for k, v in response.headers.items() if k not in differing}, words

    for method in access.row_for(name):
        assert ask(method, theirs) == ask(method, missing)
        assert ask(method, theirs)[0] == 404


def bodies():
    """Every serializer by which the API reads."""
    views = {route.view.cls for route in every_route() if issubclass(getattr(route.view, "cls", object), ApiView)}
    declared = [getattr(view, method.lower(), None) for view in views for method in METHODS]
    operations = [handler.operation for handler in declared if handler]
    return sorted(
        {o.takes for o in operations if o.takes} | {o.query for o in operations}, key=lambda c: c.__qualname__
    )


def test_no_body_takes_what_it_does_not_declare():
    extra = {
        "id", "role", "roles", "status", "state", "amount", "amount_minor", "platform", "platform_id", "is_staff",
        "is_active", "is_superuser", "version", "party", "party_id", "news_seq", "secret_hash", "created_at",
    }  # fmt: skip
    assert bodies()
    for body in bodies():
        assert issubclass(body, StrictSerializer), body
        undeclared = extra - set(body().fields)
        form = body(data=dict.fromkeys(undeclared, "1"))
        assert not form.is_valid()
        refused = {error["field"] for error in errors_of(form.errors) if error["code"] == "unknown_field"}
        assert refused == undeclared, body


def test_every_api_view_declares_what_it_takes_and_gives():
    for route in every_route():
        view = getattr(route.view, "cls", None)
        if route.path.startswith("/api/v1/"):
            assert issubclass(view, ApiView), route.path
            for method in access.row_for(route.name):
                assert hasattr(getattr(view, method.lower()), "operation"), f"{method} {route.path}"
