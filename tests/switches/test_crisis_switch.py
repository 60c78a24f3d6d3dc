import io
import json

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import call_command

from foundation.approvals.models import Approval
from foundation.commands import Exit
from foundation.switches.models import Switch
from foundation.switches.states import State
from tests.cast import staff

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def run(*arguments):
    out, code = io.StringIO(), Exit.OK
    try:
        call_command("crisis_switch", *arguments, "--json", "--no-input", stdout=out, stderr=io.StringIO())
    except SystemExit as end:
        code = end.code
    return code, json.loads(out.getvalue())


@pytest.fixture
def fred():
    user = staff("fred")
    TOTP.activate(user, SECRET)
    return user


def code_now():
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def test_list_names_every_switch():
    code, answer = run("list")

    assert code == Exit.OK
    assert {"key": "test.stop", "state": "RUNNING"}.items() <= {line["key"]: line for line in answer["switches"]}[
        "test.stop"
    ].items()


def test_a_person_with_a_code_stops_it(fred):
    code, answer = run(
        "stop", "test.stop", "--reason", "Drill", "--hours", "4", "--actor", fred.email, "--otp", code_now()
    )

    assert (code, answer["state"], answer["changed_by"]) == (Exit.OK, "STOPPED", "Fred")
    assert answer["expires_at"] is not None
    assert Switch.objects.get().state == State.STOPPED


def test_without_a_person_or_a_code_nothing_is_stopped(fred):
    for arguments, reason in (
        ([], "switches.nobody_named"),
        (["--actor", fred.email], "auth.step_up_required"),
        (["--actor", fred.email, "--otp", "00000x"], "auth.code_wrong"),
        (["--actor", staff("susi").email], "switches.may_not_stop"),
    ):
        code, answer = run("stop", "test.stop", "--reason", "Drill", *arguments)
        assert (code, answer["code"]) == (Exit.NEEDS_APPROVAL, reason)
    assert not Switch.objects.exists()


def test_resuming_ends_with_four_and_the_address_where_a_second_person_decides(fred):
    run("stop", "test.stop", "--reason", "Drill", "--actor", fred.email, "--otp", code_now())

    code, answer = run("resume", "test.stop", "--reason", "Over", "--actor", fred.email)

    asked = Approval.objects.get()
    assert (code, answer["code"]) == (Exit.NEEDS_APPROVAL, "approvals.needed")
    assert answer["facts"]["url"].endswith(f"/ops/approvals/{asked.pk}")
    assert Switch.objects.get().state == State.STOPPED


def test_an_unknown_switch_is_not_found(fred):
    for deed in ("stop", "resume"):
        assert run(deed, "no.such", "--reason", "-", "--actor", fred.email)[0] == Exit.NOT_FOUND


def test_a_dry_run_leaves_it_running(fred):
    code, answer = run(
        "stop", "test.stop", "--reason", "Drill", "--actor", fred.email, "--otp", code_now(), "--dry-run"
    )

    assert (code, answer["dry_run"]) == (Exit.OK, True)
    assert answer["would_change"]["switch"]["added"] == 1
    assert not Switch.objects.exists()
