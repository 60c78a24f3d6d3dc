"""The habits of every command, shown on small ones."""

import io
import json
from argparse import ArgumentTypeError
from datetime import UTC, datetime, timedelta, timezone

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone as django_timezone

from foundation.actors import ActorKind
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.commands import Exit, FanzCommand, moment, operator
from foundation.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NeedsApproval,
    NotFound,
    PayloadMismatch,
    StepUpRequired,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from foundation.identity.models import RoleGrant, User
from foundation.money import Money

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(command, *arguments, stderr=None):
    """What the command printed, said on stderr, and how it ended."""
    out, err = io.StringIO(), stderr or io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=err)
        code = 0
    except SystemExit as end:
        code = end.code
    return out.getvalue(), err.getvalue(), code


class Answering(FanzCommand):
    takes_as_of = takes_limit = True

    def run(self, **options):
        return {"price": Money(1234, "USD"), "at": self.as_of, "limit": self.limit, "by": self.actor.reference}


class Writing(FanzCommand):
    writes = True

    def run(self, **options):
        record("test.written", by=self.actor)
        return {"written": 1}


class Streaming(FanzCommand):
    streams = True

    def run(self, **options):
        with self.progress("Counting", 2) as progress:
            for number in (1, 2):
                self.emit({"number": number})
                progress.advance()


class Refusing(FanzCommand):
    error: Exception

    def run(self, **options):
        raise self.error


def refusing(error):
    command = Refusing()
    command.error = error
    return command


def test_json_is_one_object_with_money_in_minor_units_and_times_in_utc():
    out, _, code = run(Answering(), "--json", "--as-of", "2026-03-01T12:00:00+02:00", "--limit", "7")
    assert json.loads(out) == {
        "price": {"amount_minor": 1234, "currency": "USD"},
        "at": "2026-03-01T10:00:00Z",
        "limit": 7,
        "by": operator().reference,
    }
    assert code == 0


def test_a_day_begins_at_midnight_utc():
    out, _, _ = run(Answering(), "--json", "--as-of", "2026-03-01")
    assert json.loads(out)["at"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    "arguments", [["--as-of", "2026-03-01T12:00:00"], ["--as-of", "soon"], ["--limit", "0"], ["--limit", "٣"], ["--x"]]
)
def test_wrong_usage_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        Answering().run_from_argv(["manage.py", "answering", *arguments])
    assert end.value.code == Exit.USAGE
    assert capsys.readouterr().out == ""


def test_a_stream_prints_one_object_per_line_and_keeps_progress_off_stdout():
    terminal = Terminal()
    out, err, code = run(Streaming(), "--json", stderr=terminal)
    assert [json.loads(line) for line in out.splitlines()] == [{"number": 1}, {"number": 2}]
    assert "\r" in err
    assert code == 0
    assert run(Streaming(), "--json")[1] == ""


def test_a_dry_run_says_what_it_would_write_and_writes_nothing():
    out, _, code = run(Writing(), "--json", "--dry-run")
    answer = json.loads(out)
    assert answer["would_change"]["audit_record"] == {"added": 1, "changed": 0, "deleted": 0}
    assert answer["dry_run"] is True
    assert answer["written"] == 1
    assert not AuditRecord.objects.filter(action="test.written").exists()
    assert code == 0

    run(Writing())
    assert AuditRecord.objects.filter(action="test.written").count() == 1


def test_only_commands_that_write_offer_a_dry_run():
    with pytest.raises(SystemExit) as end:
        Answering().run_from_argv(["manage.py", "answering", "--dry-run"])
    assert end.value.code == Exit.USAGE


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (NotFound("payout.not_found"), 3),
        (Conflict("payouts.cannot_move", state="SENT"), 4),
        (NeedsApproval(approval_url="/ops/approvals/1"), 4),
        (Forbidden(), 4),
        (StepUpRequired(), 4),
        (Unauthenticated(), 4),
        (PayloadMismatch(), 4),
        (Invalid(errors=[{"field": "amount", "message": "is not a number"}]), 5),
        (TooMany(retry_after=3), 1),
        (Unavailable(), 1),
    ],
)
def test_a_refusal_ends_with_its_code_and_prints_its_facts(refusal, code):
    out, err, ended = run(refusing(refusal), "--json")
    problem = json.loads(out)
    assert (ended, problem["exit_code"]) == (code, code)
    assert problem["code"] == refusal.code
    assert problem["facts"] == refusal.facts
    assert problem["errors"] == getattr(refusal, "errors", [])
    assert err == ""

    out, err, ended = run(refusing(refusal))
    assert (out, ended) == ("", code)
    assert refusal.code in err
    for fact in refusal.facts.values():
        assert str(fact) in err


def test_a_database_that_does_not_answer_is_a_problem_not_a_traceback():
    out, _, code = run(refusing(OperationalError("connection refused\nIs the server running?")), "--json")
    assert json.loads(out)["code"] == "database.unavailable"
    assert json.loads(out)["detail"] == "connection refused"
    assert code == Exit.ERROR


def test_a_bug_stays_loud():
    with pytest.raises(ZeroDivisionError):
        run(refusing(ZeroDivisionError()))


def test_ctrl_c_ends_quietly():
    out, err, code = run(refusing(KeyboardInterrupt()))
    assert (out, err.strip(), code) == ("", "Stopped.", Exit.INTERRUPTED)


def test_findings_end_with_6():
    command = Answering()
    command.exit_code = Exit.FINDINGS
    assert run(command, "--json")[2] == 6


@pytest.fixture
def ada():
    """A member of staff with an authenticator app."""
    user = User.objects.create_user("ada@fanz.example", "a long enough password")
    RoleGrant.objects.create(user=user, role="finance", granted_at=django_timezone.now(), granted_by="test")
    user.secret = generate_totp_secret()
    TOTP.activate(user, user.secret)
    return user


def code_of(user):
    return format_hotp_value(hotp_value(user.secret, int(datetime.now(UTC).timestamp()) // 30))


class Telling(FanzCommand):
    def run(self, **options):
        self.seen = self.actor
        return {}


def test_without_an_actor_the_operator_of_the_machine_acts():
    command = Telling()
    run(command)
    assert command.seen.kind is ActorKind.OPERATOR
    assert command.seen.roles == frozenset()
    assert command.seen.stepped_up_at is None


def test_an_actor_has_their_roles_but_has_not_stepped_up(ada):
    command = Telling()
    run(command, "--actor", "Ada@fanz.example")
    assert command.seen.reference == f"user:{ada.pk}"
    assert command.seen.roles == {"finance"}
    assert command.seen.stepped_up_at is None
    assert command.seen.source["operator"] == operator().id


def test_a_right_code_counts_as_stepping_up_once(ada):
    command, code = Telling(), code_of(ada)
    run(command, "--actor", ada.email, "--otp", code)
    assert datetime.now(timezone(timedelta())) - command.seen.stepped_up_at < timedelta(seconds=5)
    out, _, ended = run(Telling(), "--json", "--actor", ada.email, "--otp", code)
    assert (json.loads(out)["code"], ended) == ("auth.code_wrong", 4)


def test_a_wrong_code_is_refused_and_written_down(ada):
    _, err, ended = run(Telling(), "--actor", ada.email, "--otp", "00000x")
    assert ended == 4
    assert "auth.code_wrong" in err
    refused = AuditRecord.objects.get(action="command.identified")
    assert (refused.outcome, refused.facts["user_id"]) == ("refused", str(ada.pk))


@pytest.mark.parametrize("email", ["nobody@fanz.example", "sam@fanz.example"])
def test_only_staff_may_be_named(email):
    User.objects.create_user("sam@fanz.example", "a long enough password")
    _, err, ended = run(Telling(), "--actor", email)
    assert ended == 3
    assert "identity.no_such_staff" in err


def test_a_code_without_a_person_is_refused():
    assert run(Telling(), "--otp", "123456")[2] == Exit.USAGE


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00", "NaN"])
def test_a_time_that_is_none_is_a_wrong_argument(text):
    with pytest.raises(ArgumentTypeError):
        moment(text)
