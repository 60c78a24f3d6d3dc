import json
from io import StringIO

import pytest
from django.core.management import call_command

from fanzmoney.demo.people import seed_people
from foundation.approvals.models import Approval
from foundation.audit.models import AuditRecord
from foundation.identity.models import ApiClient, Membership, Platform, User
from foundation.identity.roles import Role
from payouts.methods.states import Rail
from processors.payments.directory import merchant
from processors.payments.models import MerchantAccount


def seed():
    call_command("demo_seed", stdout=StringIO())


@pytest.mark.django_db
def test_the_demo_has_a_login_for_every_role_and_people_on_every_platform():
    seed()

    assert {tuple(user.role_names) for user in User.objects.all() if user.role_names} == {(str(role),) for role in Role}
    assert Membership.objects.values("platform").distinct().count() == Platform.objects.count() == 8
    assert not Platform.objects.filter(is_sandbox=False).exists()
    assert ApiClient.objects.values("platform").distinct().count() == 8
    assert Approval.objects.pending().count() == 2
    gateways = {"ccbill-main", "bitpay-main", "onchain"}
    rails = {f"{rail}-main" for rail in Rail.values}
    assert set(MerchantAccount.objects.values_list("slug", flat=True)) == gateways | rails
    assert merchant("ccbill-main").secrets["account"] == "900100"


@pytest.mark.django_db
def test_seeding_again_changes_nothing():
    seed()
    before = (
        Membership.objects.count(),
        User.objects.count(),
        AuditRecord.objects.filter(action="user.role_granted").count(),
    )
    seed()

    assert before == (
        Membership.objects.count(),
        User.objects.count(),
        AuditRecord.objects.filter(action="user.role_granted").count(),
    )


@pytest.mark.django_db
def test_demo_logins_shows_the_code_of_this_moment():
    seed_people()
    said = StringIO()
    call_command("demo_logins", "--json", stdout=said)
    answer = json.loads(said.getvalue())

    assert len(answer["logins"]) == len(Role)
    assert len(answer["code"]) == 6
