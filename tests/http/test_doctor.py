"""The doctor names what is unwell and what to do about it."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection

from foundation.http import checks, partitions
from foundation.jobs.models import JobRun
from foundation.jobs.services import heartbeat
from foundation.watch import Complaint, probes
from tests.cast import signed_in, staff, user_called

pytestmark = pytest.mark.django_db


def doctor(*names):
    out, code = io.StringIO(), 0
    try:
        call_command("doctor", "--json", *(f"--probe={name}" for name in names), stdout=out)
    except SystemExit as end:
        code = end.code
    answer = json.loads(out.getvalue())
    return {one["probe"]: one for one in answer["probes"]}, answer["healthy"], code


def words(one):
    return " ".join(finding["what"] for finding in one["findings"])


def test_what_is_well_is_well():
    heartbeat("worker")
    names = [
        "migrations",
        "redis",
        "clock",
        "disk",
        "keys",
        "partitions",
        "seal",
        "outbox",
        "letters",
        "jobs",
        "worker",
    ]
    looked, is_healthy, code = doctor(*names)
    assert list(looked) == names
    assert [one for one in looked.values() if one["findings"]] == []
    assert (is_healthy, code) == (True, 0)


def test_a_silent_worker_and_a_failed_job_are_named_with_the_cure():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    JobRun.objects.create(
        job="audit.verify", period_start=start, period_end=start.replace(day=2), state="failed", error="ValueError: no"
    )
    looked, is_healthy, code = doctor("worker", "jobs")
    assert (is_healthy, code) == (False, 6)
    assert "has never worked" in words(looked["worker"])
    assert "audit.verify failed for the period 2026-01-01T00:00Z" in words(looked["jobs"])
    assert looked["jobs"]["findings"][0]["remedy"].endswith("--period 2026-01-01T00:00Z`.")


@pytest.mark.parametrize(
    ("name", "setting"), [("redis", {"REDIS_URL": "redis://127.0.0.1:1/0"}), ("smtp", {"EMAIL_PORT": 1})]
)
def test_a_server_that_is_gone_is_named(settings, name, setting):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    for key, value in setting.items():
        setattr(settings, key, value)
    looked, _, code = doctor(name)
    assert code == 6
    assert "does not answer" in words(looked[name])


def test_a_database_that_fails_is_an_answer(monkeypatch):
    def broken():
        raise DatabaseError("connection refused")
        yield Complaint("", "")

    monkeypatch.setattr(probes, "_entries", {"broken": broken})
    looked, is_healthy, _ = doctor()
    assert not is_healthy
    assert "connection refused" in words(looked["broken"])


def test_a_warning_does_not_make_it_ill(monkeypatch):
    monkeypatch.setattr(probes, "_entries", {"small": lambda: [Complaint("A little late.", "Wait.", is_warning=True)]})
    looked, is_healthy, code = doctor()
    assert (looked["small"]["ok"], is_healthy, code) == (True, True, 0)


def test_keys_others_may_read_are_named(settings, tmp_path):
    for name in ("MASTER_KEY_FILE", "JWT_PRIVATE_KEY_FILE"):
        setattr(settings, name, tmp_path / name)
    (tmp_path / "MASTER_KEY_FILE").write_text("x")
    (tmp_path / "MASTER_KEY_FILE").chmod(0o644)
    looked, _, _ = doctor("key_files")
    assert words(looked["key_files"]) == "Others may read MASTER_KEY_FILE. JWT_PRIVATE_KEY_FILE is missing."


def test_partitions_stand_two_years_ahead_and_migrate_makes_the_missing(monkeypatch):
    now = datetime.now(UTC)
    ready = partitions.ready_until()
    assert {"audit_record", "outbox"} <= set(ready)
    assert all((until - now).days > 30 * 22 for until in ready.values())
    assert partitions.strays() == []
    assert partitions.make_partitions() == 0, "the application may not"


@pytest.mark.django_db(transaction=True)
def test_the_owner_makes_missing_partitions():
    name = (datetime.now(UTC).replace(day=1)).strftime("audit_record_%Y%m")
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(f"DROP TABLE {name}")
        owner.execute("INSERT INTO audit_record SELECT r.* FROM audit_record r LIMIT 0")
        code = "import django; django.setup(); from foundation.http.partitions import *; print(make_partitions())"
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "fanzmoney.settings", "FANZ_AS_OWNER": "1"}
        made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        assert made.stdout.strip() == "1"
        assert owner.execute("SELECT to_regclass(%s) IS NOT NULL", [name]).fetchone() == (True,)


@pytest.fixture
def production(settings, monkeypatch):
    """The settings as production has them."""
    settings.IS_PRODUCTION, settings.CLOCK_MAY_MOVE, settings.METRICS_TOKEN = True, False, "token"
    settings.SANDBOX_MAIL_URL = settings.SANDBOX_URL = ""
    monkeypatch.delenv("CRASH_POINTS", raising=False)
    return settings


def ids(found):
    return [message.id for message in found]


def test_a_sound_production_may_start(production):
    assert ids(checks.production_environment()) == []
    assert ids(checks.database_role(["default"])) == []
    assert ids(checks.demo_accounts(["default"])) == []
    checks.refuse_unsafe_production()


def test_production_refuses_what_belongs_to_tests_and_demos(production, monkeypatch):
    monkeypatch.setenv("CRASH_POINTS", "jobs.after_claim")
    production.METRICS_TOKEN, production.CLOCK_MAY_MOVE, production.SANDBOX_MAIL_URL = "", True, "http://localhost/"
    production.SANDBOX_URL = "http://127.0.0.1:1"
    assert ids(checks.production_environment()) == ["fanz.E001", "fanz.E002", "fanz.E003", "fanz.E010", "fanz.E004"]
    with pytest.raises(Exception, match="CRASH_POINTS is set"):
        checks.refuse_unsafe_production()
    production.IS_PRODUCTION = False
    assert checks.production_environment() == []
    checks.refuse_unsafe_production()


def test_production_refuses_demo_accounts(production):
    user = user_called("fred", "finance")
    type(user).objects.filter(pk=user.pk).update(is_demo=True)
    assert ids(checks.demo_accounts(["default"])) == ["fanz.E009"]
    with pytest.raises(Exception, match="1 demo accounts can sign in"):
        checks.refuse_unsafe_production()


def test_a_role_that_owns_tables_is_an_error_in_production_and_a_warning_elsewhere(production, monkeypatch):
    asked = "SELECT 'fanz_owner', true, true, true, false"
    monkeypatch.setattr(checks, "_ROLE", asked)
    assert ids(checks.database_role(["default"])) == ["fanz.E005", "fanz.E006", "fanz.E007", "fanz.E008"]
    production.IS_PRODUCTION = False
    assert ids(checks.database_role(["default"])) == ["fanz.W005", "fanz.W006", "fanz.W007", "fanz.W008"]
    assert checks.database_role([]) == []


def test_the_role_is_asked_of_the_real_database():
    with connection.cursor() as cursor:
        cursor.execute(checks._ROLE)
        assert cursor.fetchone() == ("fanz_app", False, False, False, True)


def test_the_page_says_first_what_must_be_mended_and_how(client, monkeypatch):
    monkeypatch.setitem(probes._entries, "keys", lambda: [Complaint("The keys are gone.", "Bring them back.")])
    probes["keys"].__name__ = "keys_can_be_read"
    for name in set(probes) - {"keys", "disk"}:
        monkeypatch.delitem(probes._entries, name)
    said = signed_in(client, staff("adam")).get("/ops/health")
    rows = [row.cells for row in said.context["table"].rows]
    assert [(what.text, what.sub, state.word) for what, state in rows] == [
        ("Keys can be read", "The keys are gone. Bring them back.", "Now"), ("Disk has room", "", "Well"),
    ]  # fmt: skip
    assert b"1 thing must be mended now" in said.content
    assert [tile.value for tile in said.context["tiles"]] == ["Never", "Never"]
    assert b'href="/ops/health/backups"' in said.content
    assert b"A machine is lost." in client.get("/ops/health/backups").content


def test_a_probe_that_breaks_is_a_finding_and_no_broken_page(monkeypatch):
    def broken():
        raise OSError("the shelf fell down")
        yield

    monkeypatch.setitem(probes._entries, "disk", broken)
    looked, is_healthy, _ = doctor("disk", "clock")
    assert (words(looked["disk"]), is_healthy) == ("It could not be asked (OSError).", False)
    assert looked["clock"]["ok"]
