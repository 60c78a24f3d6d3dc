from datetime import timedelta

import pytest

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Invalid, NotFound
from foundation.events.models import Outbox
from foundation.identity.models import Party
from foundation.identity.services import CheckResult, note_kyc
from foundation.ids import uuid7
from tests.cast import HOUSE, member

pytestmark = pytest.mark.django_db
C = Party.Check


def told(party_id, state, reference="v-1", expires_at=None):
    result = CheckResult(state, "idcheck", reference, expires_at)
    return note_kyc(party_id=party_id, result=result, by=HOUSE, at=clock.now())


def test_a_result_stands_on_the_party_with_its_source_in_the_record():
    maya, until = member("maya").party_id, clock.now() + timedelta(days=365)

    told(maya, C.PENDING)
    told(maya, C.PASSED, "v-2", until)
    told(maya, C.PASSED, "v-2", until)

    party = Party.objects.get(pk=maya)
    assert (party.kyc_state, party.kyc_expires_at) == (C.PASSED, until)
    records = AuditRecord.objects.filter(action="party.kyc_checked", subject_id=str(maya)).order_by("id")
    assert [(r.facts["before"], r.facts["after"], r.facts["checked_by"], r.facts["reference"]) for r in records] == [
        ("not_started", "pending", "idcheck", "v-1"), ("pending", "passed", "idcheck", "v-2"),
    ]  # fmt: skip
    news = Outbox.objects.filter(type="account.kyc_checked").order_by("id").values_list("payload__state", flat=True)
    assert list(news) == ["pending", "passed"]


def test_papers_that_were_seen_are_not_taken_back_by_a_renewal_that_is_pending():
    maya = member("maya").party_id
    told(maya, C.PASSED)

    with pytest.raises(Conflict, match="cannot_check"):
        told(maya, C.PENDING, "v-2")
    told(maya, C.EXPIRED, "v-3")

    assert Party.objects.get(pk=maya).kyc_state == C.EXPIRED


def test_an_older_check_that_comes_later_changes_nothing():
    maya, now = member("maya").party_id, clock.now()

    def checked(state, days_ago):
        result, at = CheckResult(state, "idcheck", f"v-{days_ago}"), now - timedelta(days=days_ago)
        return note_kyc(party_id=maya, result=result, by=HOUSE, at=at).kyc_state

    assert [checked(C.PASSED, 9), checked(C.FAILED, 8), checked(C.PASSED, 9)] == [C.PASSED, C.FAILED, C.FAILED]
    assert [checked(C.FAILED, 5), checked(C.PASSED, 6), checked(C.PASSED, 4)] == [C.FAILED, C.FAILED, C.PASSED]
    assert Party.objects.get(pk=maya).kyc_checked_at == now - timedelta(days=4)
    assert AuditRecord.objects.filter(action="party.kyc_checked", subject_id=str(maya)).count() == 3


def test_nobody_is_checked_without_a_source_or_with_old_papers():
    maya = member("maya").party_id

    with pytest.raises(Invalid, match="without_source"):
        told(maya, C.PASSED, " ")
    with pytest.raises(Invalid, match="run_out"):
        told(maya, C.PASSED, "v-1", clock.now())
    with pytest.raises(NotFound):
        told(uuid7(), C.PASSED)

    assert Party.objects.get(pk=maya).kyc_state == C.NOT_STARTED
    assert not AuditRecord.objects.filter(action="party.kyc_checked").exists()
