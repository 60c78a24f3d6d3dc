"""What ids in addresses name: something of everybody's, or a stranger's thing for those who must not find it."""

from django.test import Client

from compliance.tax.models import TaxDocument
from foundation import clock
from foundation.hooks.services import create_endpoint, send_test
from foundation.identity.models import Passkey
from foundation.identity.roles import Role
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
