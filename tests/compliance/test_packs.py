"""Records leave the house when two people agree, with proofs that hold without it and notice every altered byte."""

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from compliance.packs import services
from compliance.packs.agreeing import KIND, NOTHING
from foundation import clock
from foundation.approvals.models import Approval
from foundation.approvals.services import request_approval
from foundation.audit.models import AuditRecord
from foundation.audit.services import record
from foundation.errors import Conflict, Forbidden, Invalid
from foundation.seal import roots
from foundation.sealed import Damaged
from tests.approvals.stories import agree, as_owner
from tests.cast import HOUSE, actor, sealed, signed_in, staff

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = {"ip": "203.0.113.9", "agent": "A browser, ünïcode\x85\u2028"}


@pytest.fixture(autouse=True)
def trail(tmp_path, settings):
    """Seven records about one payout, in two blocks, and a signed root over both; one has an address."""
    settings.STATE_DIR = tmp_path
    for n in range(4):
        record("payout.frozen", by=HOUSE, subject=("payouts.payout", "PO-1"), reason=f"=1+{n}", nth=n)
    sealed()
    record("payout.frozen", by=HOUSE, subject=("payouts.payout", "PO-1"), personal=ADDRESS)
    record("payout.freed", by=HOUSE, subject=("payouts.payout", "PO-2"))
    record("payout.freed", by=HOUSE, subject=("payouts.payout", "PO-1"))
    sealed()
    roots.export_when_due("audit")


def ask(name="udo", **narrowed):
    now = clock.now()
    span = {"since": (now - timedelta(days=1)).isoformat(), "until": now.isoformat()}
    return request_approval(
        kind=KIND, payload={**NOTHING, **span, **narrowed}, reason="The court asks", by=actor(staff(name)), at=now
    )


def made(**narrowed):
    asked = agree(ask(subject_id="PO-1", **narrowed), staff("adam"))
    assert services.build_waiting(at=clock.now())["made"] == 1
    return asked


def unpacked(asked, into):
    content = b"".join(services.take(asked.pk, by=actor(staff("udo")), at=clock.now()))
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        pack.extractall(into)
    return into / "audit-pack"


def verified(folder, *fingerprint):
    """In a process of its own that knows nothing of the house."""
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *fingerprint], capture_output=True, text=True, check=False,
        cwd="/", env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_pack_proves_itself_without_the_house_and_no_byte_of_it_can_be_altered(tmp_path):
    asked = made()
    folder = unpacked(asked, tmp_path)
    code, said = verified(folder)
    assert (code, "PROVEN: 6 records" in said) == (0, True), said
    told = [json.loads(line)["record"] for line in (folder / "records.jsonl").read_text().splitlines()]
    assert {line["subject_id"] for line in told} == {"PO-1"}
    assert [line["reason"] for line in told][:4] == [f"=1+{n}" for n in range(4)]
    rows = list(csv.DictReader((folder / "records.csv").open()))
    assert [row["reason"] for row in rows][:2] == ["'=1+0", "'=1+1"]
    assert (folder / "personal.jsonl").read_bytes() == b""

    files = sorted(file.name for file in folder.iterdir())
    assert files == [
        "README.txt", "blocks.jsonl", "manifest.json", "manifest.sig", "personal.jsonl", "public_key.pem",
        "records.csv", "records.jsonl", "roots.jsonl", "verify.py",
    ]  # fmt: skip
    for name in files:
        whole = (folder / name).read_bytes()
        at = len(whole) // 2
        (folder / name).write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] if whole else b"\n")
        code, said = verified(folder)
        assert code != 0, name
        assert "PROVEN: 6" not in said, name
        (folder / name).write_bytes(whole)
    assert verified(folder, roots.fingerprint())[0] == 0
    assert "signed by another key" in verified(folder, "0" * 64)[1]
    (taken,) = AuditRecord.objects.filter(action="audit.pack_taken")
    assert (taken.outcome, taken.facts["with_personal"]) == ("read", False)


def test_whoever_packs_other_records_under_a_list_of_their_own_is_found(tmp_path):
    """Each layer holds by itself: with the list of files left out, records, blocks and roots are still tied."""
    folder = unpacked(made(personal_why="The court names them"), tmp_path)
    (half,) = (folder / "personal.jsonl").read_text().splitlines()
    assert json.loads(half)["values"] == ADDRESS
    assert verified(folder)[0] == 0
    program = (folder / "verify.py").read_text()
    (folder / "verify.py").write_text(program.replace("manifest = check_files(key)", 'manifest = {"records": 6}'))
    assert verified(folder)[0] == 0
    for name, old, new, said in (
        ("records.jsonl", "payout.frozen", "payout.frosen", "not in block"),
        ("records.jsonl", '"reason": "=1+0"', '"reason": "=1+9"', "does not say what was sealed"),
        ("blocks.jsonl", '"audit", "1"', '"audit", "2"', "is another"),
        ("personal.jsonl", "203.0.113.9", "203.0.113.8", "was altered"),
        ("roots.jsonl", '"number": ', '"number": 1', "signature"),
    ):
        whole = (folder / name).read_text()
        assert old in whole, name
        (folder / name).write_text(whole.replace(old, new))
        code, words = verified(folder)
        assert (code, said in words) == (1, True), (name, words)
        (folder / name).write_text(whole)


def test_it_takes_two_people_and_only_whoever_asked_takes_it(client):
    with pytest.raises(Forbidden):
        ask("fred")
    later = (clock.now() + timedelta(hours=1)).isoformat()
    for wrong, kind in (
        ({"until": later}, Invalid),
        ({"since": "soon"}, Invalid), ({"since": ""}, Invalid), ({"until": "2020-01-01T00:00:00Z"}, Invalid),
        ({"outcome": "maybe"}, Invalid), ({"platform_id": "x"}, Invalid), ({"subject_id": "PO-99"}, Conflict),
    ):  # fmt: skip
        with pytest.raises(kind):
            ask(**wrong)
    asked = ask(subject_id="PO-1")
    with pytest.raises(Forbidden):
        agree(asked, staff("udo"))
    assert services.build_waiting(at=clock.now()) == {"made": 0, "waiting": 0, "failed": 0}
    with pytest.raises(Conflict):
        services.take(asked.pk, by=actor(staff("udo")), at=clock.now())
    agree(asked, staff("adam"))
    assert services.build_waiting(at=clock.now())["made"] == 1
    assert services.build_waiting(at=clock.now())["made"] == 0
    with pytest.raises(Forbidden):
        services.take(asked.pk, by=actor(staff("carl")), at=clock.now())
    with pytest.raises(Forbidden):
        services.take(asked.pk, by=replace(actor(staff("udo")), roles=frozenset()), at=clock.now())

    (at_rest,) = (settings.STATE_DIR / "packs").glob("*.sealed")
    sealed_bytes = at_rest.read_bytes()
    assert b"PK\x03\x04" not in sealed_bytes
    at_rest.write_bytes(sealed_bytes[:-20] + bytes(20))
    with pytest.raises(Damaged):
        b"".join(services.take(asked.pk, by=actor(staff("udo")), at=clock.now()))
    at_rest.write_bytes(sealed_bytes)

    udo = signed_in(client, staff("udo"))
    assert "Take the pack" in udo.get(f"/compliance/audit/packs/{asked.pk}").content.decode()
    assert "PO-1" in udo.get("/compliance/audit/packs").content.decode()
    answer = udo.post(f"/compliance/audit/packs/{asked.pk}")
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    day = f"{clock.now():%Y-%m-%d}"
    form = {"since": day, "until": day, "subject_id": "PO-2", "reason": "The court asks"}
    assert udo.post("/compliance/audit/packs/ask", form).status_code == 302
    today = Approval.objects.get(policy=KIND, reason="The court asks", payload__subject_id="PO-2")
    assert datetime.fromisoformat(today.payload["until"]) <= today.requested_at
    said = signed_in(Client(), staff("adam")).get(f"/ops/approvals/several?id={today.pk}").content.decode()
    assert "Subject id: PO-2" in said
    until = datetime.fromisoformat(today.payload["until"])
    assert f"Until: {until:%-d %b %Y, %H:%M}" in said
    pages = f"/compliance/audit/packs/{today.pk}", f"/ops/approvals/{today.pk}"
    shown = [udo.get(page).content.decode() for page in pages]
    for page in shown:
        assert f"{until:%-d %b %Y, %H:%M}</time>" in page
        assert today.payload["until"] not in page
    assert roots.fingerprint() in shown[0]

    (settings.STATE_DIR / "packs" / ".draft-of-a-killed-job").mkdir()
    assert services.remove_old(at=clock.now() + timedelta(days=6)) == 0
    assert services.remove_old(at=clock.now() + timedelta(days=8)) == 1
    assert list((settings.STATE_DIR / "packs").iterdir()) == []
    with pytest.raises(Conflict):
        services.take(asked.pk, by=actor(staff("udo")), at=clock.now())


def test_what_is_not_sealed_as_it_was_written_never_leaves_as_proven():
    asked = agree(ask(subject_id="PO-1"), staff("adam"))
    (settings.STATE_DIR / "seals" / "audit.head.json").unlink()
    (settings.STATE_DIR / "seals" / "audit.jsonl").unlink()
    assert services.build_waiting(at=clock.now()) == {"made": 0, "waiting": 1, "failed": 0}
    roots.export_when_due("audit")
    as_owner("UPDATE audit_record SET reason = 'another' WHERE subject_id = 'PO-1' AND reason = '=1+2'")
    assert services.build_waiting(at=clock.now()) == {"made": 0, "waiting": 0, "failed": 1}
    assert "not the one that was sealed" in services.get_pack(asked.pk).problem
    assert {file.suffix for file in (settings.STATE_DIR / "packs").iterdir()} == {".failed", ".progress"}
    assert services.build_waiting(at=clock.now())["failed"] == 0


def test_the_command_asks_and_ends_with_the_request(capsys):
    with pytest.raises(SystemExit) as end:
        call_command("audit_pack", "--since", "2026-01-01", "--until", "2026-01-02", "--reason", "x", "--json")
    assert end.value.code == 4
