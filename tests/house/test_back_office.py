"""The back office shows every table of ours by role, and writes none of them by form."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from foundation import clock
from foundation.approvals.models import Approval, ApprovalDecision
from foundation.approvals.services import request_approval
from foundation.audit.models import AuditPersonal, AuditRecord
from foundation.http.admin_site import ReadOnlyAdmin
from foundation.identity.roles import STAFF_ROLES
from tests.cast import STAFF, actor, member, signed_in, staff, user_called

# What no page shows: sealed or derived values, places in a queue, the mechanics of signing in.
UNSHOWN = {
    "identity.PersonalRecord", "identity.PersonalWord", "identity.LoginGuard", "identity.SessionMark",
    "identity.PasskeyChallenge", "identity.HandoffUse",
    "audit.AuditPersonal", "clock.ClockOffset", "events.StreamMark", "inbox.InboxEntry", "inbox.InboxCursor",
    "seal.SealEpoch", "approvals.ApprovalDecision", "ledger.TransferKey", "payouts.PayoutMethodCode",
    # Keys of two columns, which the stock admin has no address for.
    "ledger.Kind", "ledger.Balance", "ledger.HoldReason", "ledger.Checkpoint",
    "processors.SaleDay", "processors.PayerMonth", "processors.FactMark",
}  # fmt: skip
ROOMS = ("foundation", "ledger", "processors", "compliance", "trust", "payouts", "products")
OURS = [
    model for model in apps.get_models() if model.__module__.split(".")[0] in ROOMS and model._meta.label not in UNSHOWN
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
    assert (read.outcome, read.facts["subjects"]) == ("read", 1)
    assert AuditPersonal.objects.get(record_id=read.pk).values["q"] == ["maya"]


@pytest.mark.django_db
def test_every_list_can_be_searched_for_any_words():
    searched = [model for model in OURS if admin.site._registry[model].search_fields]
    for model in searched:
        found, _ = admin.site._registry[model].get_search_results(None, model._default_manager.all(), "zqx no such")
        assert not found.exists(), model
    assert len(searched) > 40


@pytest.mark.django_db
def test_the_words_of_a_search_stand_where_they_can_be_erased():
    office = signed_in(Client(), staff("susi"))

    office.get("/admin/identity/party/?q=maya%40people.example&kind__exact=person")

    for read in AuditRecord.objects.filter(outcome="read"):
        assert "people.example" not in str(read.facts)
        assert "people.example" in str(AuditPersonal.objects.get(record_id=read.pk).values)
    asked = dict(AuditRecord.objects.filter(outcome="read").values_list("action", "facts__query"))
    assert asked["admin.party.read"]["kind__exact"] == ["person"]


@pytest.mark.parametrize(
    "guess",
    [
        "user/?password__startswith=md5", "user/?preferences__zone=UTC", "user/?session_marks__address=192.0.2.1",
        "apiclient/?secret_hash__isnull=False", "invitation/?token_hash__isnull=False", "party/?key_id__isnull=False",
        "membership/?platform__api_clients__secret_hash__isnull=False", "rolegrant/?user__password__startswith=md5",
        "membership/?party__personal_words__isnull=False",
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_a_list_is_not_narrowed_by_what_it_does_not_show(guess):
    """A list that gets shorter tells, letter by letter, what a column holds."""
    office = signed_in(Client(), staff("adam"))
    assert office.get(f"/admin/identity/{guess}").status_code == 400


@pytest.mark.django_db
def test_the_filters_a_list_offers_narrow_it():
    staff("adam")
    office = signed_in(Client(), staff("udo"))
    for page in admin.site._registry.values():
        listing = reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")
        if not page.has_view_permission(type("Asked", (), {"user": staff("udo")})()):
            continue
        shown = office.get(listing).context["cl"]
        for spec in shown.filter_specs:
            for choice in spec.choices(shown):
                assert office.get(listing + choice["query_string"]).status_code == 200, listing + choice["query_string"]


@pytest.mark.django_db
def test_there_is_no_second_way_to_list_people():
    office = signed_in(Client(), staff("adam"))
    people = "/admin/autocomplete/?app_label=identity&model_name=rolegrant&field_name=user&term=a"
    assert office.get(people).status_code == 404


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
    chosen = {"action": "approve", "_selected_action": str(asked.pk)}
    seen = {**chosen, "is_seen": "yes", f"seen-{asked.pk}": asked.change_hash, "reason": "Spoke with her lead"}
    office = signed_in(Client(), carl)

    page = office.post("/admin/approvals/approval/", chosen).content.decode()
    for shown in ("Give the role Finance", "Nora", "Adam", "joins", f'value="{asked.change_hash}"'):
        assert shown in page
    assert office.post("/admin/approvals/approval/", seen | {"reason": " "}).status_code == 400
    office.post("/admin/approvals/approval/", seen | {f"seen-{asked.pk}": "0" * 64})
    signed_in(Client(), adam).post("/admin/approvals/approval/", seen)
    assert Approval.objects.get().state == "PENDING"

    office.post("/admin/approvals/approval/", seen)
    assert Approval.objects.get().state == "APPLIED"
    assert ApprovalDecision.objects.get().reason == "Spoke with her lead"
    listing = office.get("/admin/approvals/approval/").content.decode()
    assert "Adam" in listing
    assert "Nora" in listing
    assert f"user:{adam.pk}" not in listing
    assert user_called("nora").role_names == {"finance"}
