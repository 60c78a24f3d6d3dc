"""A backup is whole or it is not there; it comes back beside the house, proven, and the erased stay erased."""

import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command

from dashboards.ops.health import backup_tiles
from fanzmoney.backups import manifest, servers
from fanzmoney.backups.making import make_backup
from fanzmoney.backups.restoring import drill, restore
from fanzmoney.backups.shelf import Shelf
from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, Invalid, NotFound, Unavailable
from foundation.identity import erasures, keys
from foundation.identity.personal import read_personal
from foundation.identity.services import forget_again
from foundation.ids import uuid7
from foundation.sealed import Damaged, Sealing, Unsealing
from foundation.uploads import files
from foundation.uploads.models import Upload
from foundation.uploads.selectors import look_at_files
from foundation.uploads.services import _remove_unless_copied
from foundation.uploads.states import Kind, State
from foundation.watch import look, probes
from tests.cast import HOUSE

CATALOGUES = {
    "rights": "SELECT relname, relkind, relowner::regrole::text, relrowsecurity, acl.grantee::regrole::text, "
    "privilege_type FROM pg_class, aclexplode(coalesce(relacl, "
    "acldefault(CASE relkind WHEN 'S' THEN 's'::\"char\" ELSE 'r' END, relowner))) AS acl "
    "WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('c')",
    "columns": "SELECT attrelid::regclass::text, attname, acl.grantee::regrole::text, privilege_type "
    "FROM pg_attribute, aclexplode(attacl) AS acl WHERE attacl IS NOT NULL",
    "functions": "SELECT proname, proargtypes::regtype[]::text, prosecdef, proconfig, md5(prosrc), "
    "proowner::regrole::text, acl.grantee::text, privilege_type "
    "FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl "
    "WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT tgrelid::regclass::text, tgname, tgfoid::regproc::text, tgenabled, tgargs FROM pg_trigger "
    "WHERE NOT tgisinternal",
    "policies": "SELECT tablename, policyname, roles::text, cmd, qual, with_check FROM pg_policies",
    "constraints": "SELECT conrelid::regclass::text, conname, contype FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't')",
    "schema": "SELECT nspowner::regrole::text, acl.grantee::text, privilege_type "
    "FROM pg_namespace, aclexplode(nspacl) AS acl WHERE nspname = 'public'",
    "defaults": "SELECT defaclrole::regrole::text, defaclobjtype, acl.grantee::text, privilege_type "
    "FROM pg_default_acl, aclexplode(defaclacl) AS acl",
}
NAMES = ("fanz_tests_restored", "fanz_tests_restored_keys")


def back_up(shelf, keep=3, at=None):
    return make_backup(folder=shelf, keep=keep, by=HOUSE, at=at or clock.now())


def try_out(shelf, name="", listed_in=None):
    return drill(folder=shelf, name=name, listed_in=listed_in or erasures.journal(), by=HOUSE)


def bring_back(shelf, files, **more):
    house, theirs = (f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}" for name in NAMES)
    options = {"name": "", "keys_from": "", "house_name": house, "keys_name": theirs, "listed_in": erasures.journal()}
    return restore(folder=shelf, files=files, **{**options, **more})


@contextmanager
def removed_afterwards():
    try:
        yield
    finally:
        for database, name in zip(servers.live(), NAMES, strict=True):
            database.called(f"{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}").drop()


def databases():
    with psycopg.connect(settings.BACKUP_DATABASE_URL) as server:
        return {name for (name,) in server.execute("SELECT datname FROM pg_database").fetchall()}


def rights_and_rules_of(database):
    """Every object with its owner, grants, functions, triggers, policies and constraints."""
    with database.connected() as connection:
        return {(name, str(row)) for name, query in CATALOGUES.items() for row in connection.execute(query).fetchall()}


def test_a_backup_comes_back_as_it_was_and_whoever_was_erased_meanwhile_stays_erased(house, state_dir, shelf, tmp_path):
    (state_dir / "uploads").mkdir()
    (state_dir / "uploads" / "paper").write_bytes(b"sealed elsewhere")
    made = back_up(shelf)
    key = house["sam"].party.key_id
    keys.destroy_key(key)

    with removed_afterwards():
        answer = bring_back(shelf, tmp_path / "files")

        assert (answer["findings"], answer["forgotten"]) == ([], {"keys": 1, "people": 1})
        assert answer["rows"] == made["rows"] > 100
        assert answer["proofs"]["audit_verify"]["roots_checked"] == 2
        assert (answer["proofs"]["ledger_verify"]["transfers"], answer["proofs"]["ledger_verify"]["blocks"]) == (1, 1)
        assert (tmp_path / "files/uploads/paper").read_bytes() == b"sealed elsewhere"
        assert (tmp_path / "files/seals/audit.jsonl").exists()
        live = servers.live()
        copies = [live[0].called(answer["restored"]["database"]), live[1].called(answer["restored"]["keys_database"])]
        for original, copy in zip(live, copies, strict=True):
            assert rights_and_rules_of(copy) ^ rights_and_rules_of(original) == set()
        with copies[1].connected() as copied:
            opens = dict(copied.execute("SELECT id, wrapped IS NOT NULL FROM party_key").fetchall())
        assert opens[key] is False
        assert opens[house["maya"].party.key_id] is True
        with copies[0].connected() as copied:
            (known,) = copied.execute("SELECT array_agg(party_id) FROM personal_record").fetchone()
            erased = copied.execute("SELECT id FROM party WHERE erased_at IS NOT NULL AND key_id IS NULL").fetchall()
        assert known == [house["maya"].party_id]
        assert erased == [(house["sam"].party_id,)]

        with pytest.raises(Conflict, match="nothing is ever restored over it"):
            bring_back(shelf, tmp_path / "elsewhere")
        with pytest.raises(Conflict, match="is there already"):
            bring_back(shelf, tmp_path / "files", house_name="fanz_tests_none", keys_name="fanz_tests_none_keys")
    assert read_personal([house["maya"].party_id]), "the living house was left alone"


def document(member, content=b"paper"):
    id = uuid7()
    return Upload.objects.create(
        id=id, party=member.party, subject_type="payout", subject_id=uuid7(), kind=Kind.PDF, size=len(content),
        digest=hashlib.sha256(content).digest(), file=files.store(content, key_id=member.party.key_id, bound_to=id),
        state=State.READY, sent_by="maya", sent_at=clock.now(),
    )  # fmt: skip


def test_a_drill_finds_what_somebody_altered_and_leaves_nothing_behind(house, shelf, state_dir):
    maya = house["maya"]
    whole, missing, altered, other, erased = (document(house[who]) for who in ("maya", "maya", "maya", "maya", "sam"))
    assert look_at_files() == {"documents": 5, "erased": 0, "missing": 0, "differing": 0, "findings": []}
    for gone in (missing, altered, other):
        files.remove(gone.file)
    sealed = files.store(b"Paper", key_id=maya.party.key_id, bound_to=altered.pk)
    files._place(altered.file).write_bytes(files._place(sealed).read_bytes())
    files._place(other.file).write_bytes(files._place(whole.file).read_bytes())
    keys.destroy_key(erased.party.key_id)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as intruder:
        intruder.execute("SET session_replication_role = replica")
        intruder.execute("UPDATE audit_record SET actor = 'nobody' WHERE id = (SELECT min(id) FROM audit_record)")
        back_up(shelf)
        before, out = databases(), io.StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("backup_drill", "--json", "--from", str(shelf), stdout=out)

    answer = json.loads(out.getvalue())
    assert end.value.code == 6
    told = [("uploads_verify", missing), ("uploads_verify", altered), ("uploads_verify", other), ("audit_verify", "")]
    assert len(answer["findings"]) == len(told)
    for finding, (proof, about) in zip(answer["findings"], told, strict=True):
        assert finding.startswith(proof)
        assert str(about and about.pk) in finding
    assert answer["proofs"]["uploads_verify"] == {"documents": 5, "erased": 1, "missing": 1, "differing": 2}
    assert databases() == before
    assert AuditRecord.objects.filter(action="backup.drill_failed").exists()


def test_a_file_that_vanishes_meanwhile_spoils_no_backup(house, shelf, state_dir, monkeypatch):
    (state_dir / "uploads" / "ab").mkdir(parents=True)
    for name in ("here", "vanishes"):
        (state_dir / "uploads" / "ab" / name).write_bytes(b"sealed")
    look = tarfile.TarFile.gettarinfo

    def gone(self, name=None, *more, **named):
        if str(name).endswith("vanishes"):
            os.unlink(name)
        return look(self, name, *more, **named)

    monkeypatch.setattr(tarfile.TarFile, "gettarinfo", gone)
    name = back_up(shelf)["backup"]
    content = Unsealing(shelf / name / manifest.FILES, manifest.backup_key(), f"{name}/{manifest.FILES}")
    with tarfile.open(fileobj=content, mode="r|") as archive:
        packed = [entry for entry in archive.getnames() if entry.startswith("uploads")]
    assert packed == ["uploads", "uploads/ab", "uploads/ab/here"]


def test_every_file_of_a_backup_is_on_disk_before_it_has_a_name(house, shelf, state_dir, monkeypatch):
    synced, sync = set(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.add(os.readlink(f"/proc/self/fd/{handle}")), sync(handle)))
    name = back_up(shelf)["backup"]
    assert {str(shelf / f".{name}.partial" / file.name) for file in (shelf / name).iterdir()} <= synced


def test_nothing_is_brought_back_over_the_living_house(backup, tmp_path):
    live = servers.live()
    with pytest.raises(Conflict, match=f"{live[0].name} holds tables"):
        bring_back(backup.parent, tmp_path / "files", house_name="", keys_name="")


@pytest.mark.parametrize("part", [manifest.HOUSE, manifest.KEYS, manifest.FILES])
@pytest.mark.parametrize("harm", ["cut", "turned", "gone", "another's"])
def test_a_part_that_is_not_what_was_written_is_refused(backup, part, harm):
    file = backup / part
    content = bytearray(file.read_bytes())
    if harm == "gone":
        file.unlink()
        if part == manifest.KEYS:
            with pytest.raises(Conflict, match="were removed"):
                try_out(backup.parent)
            return
    elif harm == "another's":
        file.write_bytes((backup / {manifest.HOUSE: manifest.KEYS}.get(part, manifest.HOUSE)).read_bytes())
    else:
        content[len(content) // 2] ^= 1
        file.write_bytes(content[:-100] if harm == "cut" else content)

    with pytest.raises(Damaged, match="take another backup"):
        try_out(backup.parent)


def test_a_manifest_that_was_altered_is_refused(backup):
    said = json.loads((backup / manifest.FILE).read_text())
    (backup / manifest.FILE).write_text(json.dumps(said | {"rows": {}}))
    with pytest.raises(Damaged, match="was altered"):
        try_out(backup.parent)
    (backup / manifest.FILE).write_text("{")
    with pytest.raises(Damaged, match="cannot be read"):
        try_out(backup.parent)


def test_a_backup_of_another_key_schema_or_format_says_what_to_do(backup, settings, tmp_path):
    key = manifest.backup_key()
    written = manifest.read(backup, key)
    for migrations, words in (
        (written.migrations[1:], "by older code.*run `manage.py migrate`"),
        ([*written.migrations, "ledger.9999_from_the_future"], "by newer code"),
    ):
        changed = {**{name: getattr(written, name) for name in written.__slots__}, "migrations": migrations}
        manifest.write(backup, manifest.Manifest(**changed), key)
        with pytest.raises(Conflict, match=words):
            try_out(backup.parent)
    settings.BACKUP_KEY_FILE = tmp_path / "another.key"
    settings.BACKUP_KEY_FILE.write_bytes(os.urandom(32))
    with pytest.raises(Conflict, match="was made with the backup key"):
        try_out(backup.parent)
    settings.BACKUP_KEY_FILE = tmp_path / "none.key"
    with pytest.raises(NotFound, match="openssl rand"):
        try_out(backup.parent)


def test_a_list_of_erasures_that_is_missing_or_too_old_is_refused(house, shelf, state_dir, tmp_path):
    keys.destroy_key(house["sam"].party.key_id)
    back_up(shelf)
    with pytest.raises(NotFound, match="an empty file says so"):
        try_out(shelf, listed_in=tmp_path / "none")
    (tmp_path / "short").write_text("")
    with pytest.raises(Conflict, match="older than this copy"):
        forget_again(listed_in=tmp_path / "short", by=HOUSE)
    (tmp_path / "torn").write_text(erasures.journal().read_text()[:-20])
    with pytest.raises(Invalid, match="is damaged"):
        try_out(shelf, listed_in=tmp_path / "torn")


def test_a_lost_list_of_erasures_is_made_whole_by_the_next_backup(house, shelf, state_dir):
    keys.destroy_key(house["sam"].party.key_id)
    listed = erasures.read(erasures.journal())
    erasures.journal().unlink()
    back_up(shelf)
    assert erasures.read(erasures.journal()) == listed
    assert list(listed) == [house["sam"].party.key_id]


def test_a_backup_killed_half_way_is_no_backup_and_the_next_one_is(house, shelf, state_dir):
    line = [sys.executable, str(settings.BASE_DIR / "manage.py"), "backup", "--to", str(shelf)]
    armed = {**os.environ, "CRASH_POINTS": "backup.before_name"}
    killed = subprocess.run(line, env=armed, capture_output=True, check=False)
    assert killed.returncode == -9
    assert Shelf(shelf).names() == []
    assert list(shelf.glob(".*.partial"))
    with pytest.raises(NotFound):
        try_out(shelf)
    made = back_up(shelf)
    assert Shelf(shelf).names() == [made["backup"]]
    assert not list(shelf.glob(".*.partial"))


def test_a_full_disk_leaves_the_older_backups_whole(house, shelf, state_dir):
    first = back_up(shelf)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))
    try:
        with pytest.raises(Unavailable, match="no room"):
            back_up(shelf, at=clock.now() + timedelta(seconds=5))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert Shelf(shelf).names() == [first["backup"]]
    assert not list(shelf.glob(".*.partial"))
    manifest.check_parts(shelf / first["backup"], manifest.read(shelf / first["backup"], manifest.backup_key()), [
        manifest.HOUSE, manifest.KEYS, manifest.FILES,
    ])  # fmt: skip


def test_old_backups_go_and_copies_of_keys_live_thirty_days(house, shelf, state_dir):
    now = clock.now()
    ages = [timedelta(days=40), timedelta(days=20), timedelta()]
    names = [back_up(shelf, at=now - age)["backup"] for age in ages]
    assert Shelf(shelf).names() == names[::-1]
    assert [Shelf(shelf).has_keys(name) for name in names] == [False, True, True]
    with pytest.raises(Conflict, match="name one with --keys-from"):
        try_out(shelf, names[0])
    last = back_up(shelf, keep=2, at=now + timedelta(seconds=5))
    assert last["removed"] == [names[1], names[0]]
    assert Shelf(shelf).names() == [last["backup"], names[2]]


def test_two_backups_into_one_folder_take_turns(house, shelf, state_dir):
    with Shelf(shelf).new(clock.now()):
        with pytest.raises(Conflict, match="Another backup"):
            back_up(shelf)


def test_a_row_that_comes_while_a_copy_is_taken_has_its_key_and_its_file_in_it(house, shelf, state_dir, monkeypatch):
    """The keys are taken last: what the house's moment names, they hold."""
    taken = []
    dump = servers.Database.dump
    refused = document(house["maya"])

    def take(self, *given, **more):
        taken.append(self.owner)
        _remove_unless_copied(refused.file)
        return dump(self, *given, **more)

    monkeypatch.setattr(servers.Database, "dump", take)
    back_up(shelf)
    assert taken == ["fanz_owner", "fanz_keys"]
    assert look_at_files()["findings"] == [], "what a row of the copy names is not removed before the copy holds it"
    _remove_unless_copied(refused.file)
    assert look_at_files()["missing"] == 1


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_what_is_sealed_comes_out_as_it_went_in_and_not_shortened(tmp_path, size):
    content, key, file = os.urandom(size), os.urandom(32), tmp_path / "part"
    sealing = Sealing(file, key, "a/part")
    for start in range(0, size, 300_000):
        sealing.write(content[start : start + 300_000])
    assert sealing.finish() == manifest.digest_of(file)
    assert Unsealing(file, key, "a/part").read() == content
    with pytest.raises(Damaged):
        Unsealing(file, key, "b/part").read()
    whole = file.read_bytes()
    for shorter in {len(whole) - 1, len(whole) - (1 << 20) - 16, 50} - {len(whole)}:
        if shorter > 0:
            file.write_bytes(whole[:shorter])
            with pytest.raises(Damaged):
                Unsealing(file, key, "a/part").read()


def test_the_doctor_says_how_old_the_last_backup_and_drill_are(db):
    def complaints():
        return [finding.what for finding in look("backups", probes["backups"]).findings]

    assert complaints() == ["Last whole backup: there was none."]
    from foundation.audit.services import record

    old = (clock.now() - timedelta(days=31)).isoformat()
    record("backup.made", by=HOUSE, oldest_keys=old)
    assert complaints() == [
        "Last good drill: there was none.",
        f"Beside the last backup lies a copy of keys older than 30 days, of {old[:10]}.",
    ]
    told = {"machine": "vault-1", "rows": 1_234}
    record("backup.made", by=HOUSE, subject=("backup", "N-2"), bytes=2_000_000, oldest_keys="", **told)
    record("backup.drilled", by=HOUSE, subject=("backup", "N-1"), **told)
    record("backup.drill_failed", by=HOUSE, subject=("backup", "N-2"))
    assert complaints() == []
    made, drilled = (tile.note for tile in backup_tiles())
    assert made == "promised: at most 26 hours old, N-2, 1.9\xa0MB, by vault-1"
    assert drilled == (
        "promised: at most 32 days old, N-1, 1,234 rows brought back and proven, by vault-1, "
        "a later drill of N-2 was not sound"
    )
