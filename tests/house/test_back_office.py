"""The back office shows every table of ours by role, and writes none of them by form."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import request_approval
from foundation.audit.models import AuditRecord
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import STAFF_ROLES
from tests.cast import STAFF, actor, member, signed_in, staff, user_called

# What no page shows: sealed or derived values, places in a queue, the mechanics of signing in.
UNSHOWN = {
    "identity.PersonalRecord", "identity.PersonalWord", "identity.LoginGuard", "identity.SessionMark",
    "audit.AuditPersonal", "clock.ClockOffset", "events.StreamMark", "inbox.InboxEntry", "inbox.InboxCursor",
    "seal.SealEpoch", "approvals.ApprovalDecision",
}  # fmt: skip
OURS = [
    model
    for model in apps.get_models()
    if model.__module__.split(".")[0] in ("foundation", "ledger") and model._meta.label not in UNSHOWN
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_table_has_a_page_that_reads_and_does_not_write(model):
    page = admin.site._registry[model]
    assert isinstance(page, ReadOnlyAdmin)
    assert set(map(str, page.seen_by)) <= STAFF_ROLES


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
@pytest.mark.django_db
def test_every_list_opens_for_its_readers_alone_and_nobody_may_add(model):
    readers = set(map(str, admin.site._registry[model].seen_by))
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    for name, role in STAFF.items():
        office = signed_in(Client(), staff(name))
        assert office.get(url).status_code == (200 if role in readers else 403), f"{role} at {url}"
    assert office.get(f"{url}add/").status_code == 403


@pytest.mark.django_db
def test_a_list_of_people_leaves_one_record_naming_the_query_and_how_many():
    member("maya")
    office = signed_in(Client(), staff("susi"))

    office.get("/admin/identity/membership/?q=maya")

    read = AuditRecord.objects.get(action="admin.membership.read")
    assert (read.outcome, read.facts["query"], read.facts["subjects"]) == ("read", {"q": ["maya"]}, 1)


@pytest.mark.django_db
def test_a_person_is_found_by_whole_words_only():
    member("maya", name="Maya Lund")
    office = signed_in(Client(), staff("susi"))

    def found(words):
        return office.get("/admin/identity/party/", {"q": words}).context["cl"].result_count

    assert (found("maya lund"), found("maya@people.example"), found("may")) == (1, 1, 0)


@pytest.mark.django_db
def test_an_approval_is_decided_by_an_action_and_never_by_who_asked():
    adam, carl, nora = staff("adam"), staff("carl"), user_called("nora")
    asked = request_approval(
        kind="role.grant", payload={"user_id": str(nora.pk), "role": "finance"}, reason="joins", by=actor(adam),
        at=clock.now(),
    )  # fmt: skip
    decide = {"action": "approve", "_selected_action": str(asked.pk)}

    signed_in(Client(), adam).post("/admin/approvals/approval/", decide)
    assert Approval.objects.get().state == "PENDING"
    signed_in(Client(), carl).post("/admin/approvals/approval/", decide)
    assert Approval.objects.get().state == "APPLIED"
    assert user_called("nora").role_names == {"finance"}
