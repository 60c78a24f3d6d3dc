"""Documents wait for the scanner, are handed out to who may see them, and to nobody else."""

import os
import resource
import socket
import stat
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client

from foundation import clock
from foundation.audit.models import AuditRecord
from foundation.errors import Conflict, NotFound, TooMany, Unavailable
from foundation.http.problems import headers_of
from foundation.identity import keys
from foundation.uploads import files, services
from foundation.uploads.errors import NotTaken
from foundation.uploads.models import Upload
from foundation.uploads.selectors import list_documents
from foundation.uploads.services import open_document, remove_orphans, scan_waiting, take_document
from foundation.uploads.states import State
from payouts.life.services import cancel_payout
from sandbox.clamd import EICAR, clamd
from tests.cast import HOUSE, member, portal_user, signed_in, staff
from tests.compliance.stories import opened as escalated
from tests.payouts.elsewhere import asked_elsewhere
from tests.uploads.papers import pdf, photo

pytestmark = pytest.mark.django_db
HOSTILE = "../../etc/x;<script>alert(1)</script>.html"


@pytest.fixture(autouse=True)
def state_dir(settings, tmp_path):
    settings.STATE_DIR, settings.CLAMD_URL = tmp_path, ""
    return tmp_path


@pytest.fixture
def payout():
    return asked_elsewhere("maya")


@pytest.fixture
def scanner(settings):
    with clamd() as server:
        settings.CLAMD_URL = server.url
        yield server


def take(payout, raw=None, **more):
    return take_document(
        subject_type="payout", subject_id=payout.pk, raw=raw or photo(), by=HOUSE, at=clock.now(), **more
    )


def opened(document, **more):
    return open_document(document.id, by=HOUSE, subject_types=frozenset({"payout"}), **more)


def maya_there(payout):
    there = member("maya")
    assert there.party_id == payout.creator_id
    return signed_in(Client(), portal_user(there))


def send(client, url, content, name="me.jpg"):
    return client.post(url, {"document": SimpleUploadedFile(name, content, "text/html")}, follow=True)


def test_a_creator_sends_what_was_asked_and_those_who_decide_read_it(payout, state_dir):
    maya, page = maya_there(payout), f"/starz/payouts/{payout.pk}"
    answer = send(maya, f"{page}/documents", photo(), HOSTILE)
    assert "It is here. A person of ours looks at it." in answer.content.decode()
    (document,) = list_documents("payout", payout.pk)
    assert f"/starz/documents/{document.id}" in answer.content.decode()

    for client, url in (
        (maya, f"/starz/documents/{document.id}"),
        (signed_in(Client(), staff("carl")), f"/ops/documents/{document.id}"),
    ):
        given = client.get(url)
        assert given.status_code == 200
        assert given.headers["Content-Disposition"] == f'attachment; filename="document-{str(document.id)[-8:]}.jpg"'
        assert given.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in given.headers["Content-Security-Policy"]
        assert given.headers["Content-Type"] == "image/jpeg"
        assert b"SECRET" not in given.content
    reads = AuditRecord.objects.filter(action="upload.opened", outcome="read").values_list("subject_id", flat=True)
    assert list(reads) == [str(document.id)] * 2
    assert f"/ops/documents/{document.id}" in signed_in(Client(), staff("fred")).get(f"/ops{page[6:]}").content.decode()
    assert "/ops/documents/" not in signed_in(Client(), staff("udo")).get(f"/ops{page[6:]}").content.decode()

    assert signed_in(Client(), portal_user(member("sam"))).get(f"/starz/documents/{document.id}").status_code == 404
    assert send(signed_in(Client(), portal_user(member("sam"))), f"{page}/documents", photo()).status_code == 404


def test_what_is_not_taken_is_said_on_the_page_and_nothing_is_kept(payout, state_dir):
    maya, url = maya_there(payout), f"/starz/payouts/{payout.pk}/documents"
    assert "Send a PDF, a JPEG or a PNG" in send(maya, url, b"<script>", "me.jpg").content.decode()
    assert "larger than 8 MB" in send(maya, url, bytes(services.MOST_BYTES + 1)).content.decode()
    assert "Choose a file first" in maya.post(url, follow=True).content.decode()
    assert not Upload.objects.exists()
    assert not (state_dir / "uploads").exists()


def test_a_full_disk_keeps_nothing_and_says_to_come_back(payout, state_dir, monkeypatch):
    maya, limits = maya_there(payout), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        answer = send(maya, f"/starz/payouts/{payout.pk}/documents", photo())
        with pytest.raises(Unavailable) as refused:
            take(payout)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (answer.status_code, "There is no room for documents" in answer.content.decode()) == (200, True)
    assert headers_of(refused.value)["Retry-After"] == "60"
    assert not Upload.objects.exists()
    assert not list((state_dir / "uploads").glob("*/*"))
    assert take(payout)
    monkeypatch.setattr("dashboards.starz.documents.sent", lambda _: Path("/dev/full").write_bytes(b"a spooled file"))
    maya.raise_request_exception = False
    answer = send(maya, f"/starz/payouts/{payout.pk}/documents", photo())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_on_disk_lies_a_sealed_file_of_a_random_name_that_erasing_makes_unreadable(payout, state_dir):
    document = take(payout)
    (file,) = (state_dir / "uploads").glob("*/*")
    assert len(file.name) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.read_bytes().startswith(b"\xff\xd8")
    assert opened(document)[1].startswith(b"\xff\xd8")
    keys.destroy_key(Upload.objects.get().party.key_id)
    with pytest.raises(keys.KeyDestroyed):
        opened(document)


def test_the_same_document_twice_is_one(payout):
    assert take(payout).id == take(payout).id
    assert Upload.objects.count() == 1


def test_only_so_many_are_taken_for_one_thing_and_none_for_a_stranger(payout, monkeypatch):
    monkeypatch.setattr(services, "MOST_FOR_ONE_THING", 2)
    for size in (10, 20):
        take(payout, photo(size=(size, size)))
    with pytest.raises(Conflict, match="2 documents are there already"):
        take(payout, photo(size=(30, 30)))
    with pytest.raises(NotFound):
        take(payout, party_id=member("sam").party_id)


def test_a_payout_that_is_over_takes_no_document(payout):
    cancel_payout(payout_id=payout.pk, reason="given up", by=HOUSE, at=clock.now(), creator_id=payout.creator_id)
    with pytest.raises(Conflict, match="It is over"):
        take(payout)
    assert "Send the document</button>" not in maya_there(payout).get(f"/starz/payouts/{payout.pk}").content.decode()


def test_what_waits_for_the_scanner_is_handed_to_nobody(payout, scanner, monkeypatch):
    monkeypatch.setattr("foundation.uploads.scanning.TIMEOUT_SECONDS", 0.2)
    scanner.is_silent = True
    document = take(payout)
    assert scan_waiting(at=clock.now()) == {"clean": 0, "refused": 0}
    assert Upload.objects.get().state == State.WAITING
    with pytest.raises(NotFound):
        opened(document)
    page = maya_there(payout).get(f"/starz/payouts/{payout.pk}").content.decode()
    assert "Is being checked" in page
    assert f"/starz/documents/{document.id}" not in page


def test_a_silent_scanner_lets_everything_wait_and_a_voice_lets_it_go(payout, scanner, settings, monkeypatch):
    document = take(payout)
    monkeypatch.setattr("foundation.uploads.scanning.TIMEOUT_SECONDS", 0.2)
    scanner.is_silent = True
    assert scan_waiting(at=clock.now()) == {"clean": 0, "refused": 0}
    there, settings.CLAMD_URL = settings.CLAMD_URL, "tcp://127.0.0.1:1"
    assert scan_waiting(at=clock.now()) == {"clean": 0, "refused": 0}
    assert Upload.objects.get().state == State.WAITING
    scanner.is_silent, settings.CLAMD_URL = False, there
    monkeypatch.setattr("foundation.uploads.scanning.TIMEOUT_SECONDS", 15.0)
    assert scan_waiting(at=clock.now()) == {"clean": 1, "refused": 0}
    assert list(scanner.scanned) == [opened(document)[1]]


def test_a_document_the_scanner_stumbles_over_stops_no_other(payout, scanner, monkeypatch):
    large, small = take(payout, photo(size=(900, 900))), take(payout)
    monkeypatch.setattr("sandbox.clamd.MOST_BYTES", small.size)
    assert scan_waiting(at=clock.now()) == {"clean": 1, "refused": 0}
    assert opened(small)[1]
    assert Upload.objects.get(pk=large.id).state == State.WAITING


def test_documents_that_cannot_be_read_stop_no_other(payout, scanner, state_dir):
    missing, broken, good = (take(payout, photo(size=(side, side))) for side in (10, 20, 30))
    places = {upload.pk: files._place(upload.file) for upload in Upload.objects.all()}
    places[missing.id].unlink()
    places[broken.id].write_bytes(bytes(100))
    other = asked_elsewhere("sam")
    take(other)
    keys.destroy_key(Upload.objects.get(subject_id=other.pk).party.key_id)
    assert scan_waiting(at=clock.now()) == {"clean": 1, "refused": 0}
    assert opened(good)[1]


def test_documents_that_cannot_be_scanned_do_not_fill_the_window(payout, scanner, monkeypatch):
    monkeypatch.setattr(services, "SCANNED_AT_ONCE", 1)
    take(payout, photo(size=(20, 20)))
    files.remove(Upload.objects.get().file)
    take(payout)
    assert any(scan_waiting(at=clock.now())["clean"] for _ in range(60))


def test_a_refused_document_sent_again_is_refused_again(payout, scanner):
    raw = pdf(content=b"% " + EICAR)
    take(payout, raw)
    scan_waiting(at=clock.now())
    with pytest.raises(NotTaken, match="found something"):
        take(payout, raw)


@pytest.mark.parametrize(("most", "refusal"), [("MOST_FOR_ONE_THING", Conflict), ("MOST_IN_A_DAY", TooMany)])
def test_what_is_too_many_is_not_even_cleaned(payout, monkeypatch, most, refusal):
    take(payout)
    monkeypatch.setattr(services, most, 1)
    monkeypatch.setattr(services, "_cleaned", None)
    with pytest.raises(refusal):
        take(payout, photo(size=(20, 20)))


def test_one_document_of_a_person_is_cleaned_at_a_time_and_few_of_all(payout, monkeypatch):
    monkeypatch.setattr(services, "CLEANED_AT_ONCE", 2)
    places = ["uploads.place:0", "uploads.place:1"]
    elsewhere = connection.copy()
    try:
        with elsewhere.cursor() as cursor:
            for held, words in (([f"uploads:{payout.creator_id}"], "Another document"), (places, "Many documents")):
                for name in held:
                    cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
                with pytest.raises(TooMany, match=words):
                    take(payout)
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [held[0]])
            assert take(payout)
    finally:
        elsewhere.close()
    assert take(payout, photo(size=(20, 20)))


@pytest.mark.parametrize("said", [b"", b"zPI", b"zINSTREAM\0\0\0"])
def test_a_caller_who_hangs_up_keeps_no_scanner_busy(scanner, monkeypatch, said):
    problems = []
    monkeypatch.setattr(scanner, "handle_error", lambda *caller: problems.append(caller))
    with socket.create_connection(scanner.server_address, timeout=2) as door:
        door.sendall(said)
        door.shutdown(socket.SHUT_WR)
        assert door.recv(1) == b""
    assert problems == []


def test_a_virus_is_found_and_its_content_is_gone(payout, scanner, state_dir):
    document = take(payout, pdf(content=b"% " + EICAR))
    assert scan_waiting(at=clock.now()) == {"clean": 0, "refused": 1}
    assert Upload.objects.get().finding == "Win.Test.EICAR_HDB-1"
    assert not list((state_dir / "uploads").glob("*/*"))
    with pytest.raises(NotFound):
        opened(document)
    assert "Refused by the virus scanner" in maya_there(payout).get(f"/starz/payouts/{payout.pk}").content.decode()


def test_the_database_lets_nobody_call_a_refused_document_ready(payout, scanner):
    take(payout, pdf(content=b"% " + EICAR))
    scan_waiting(at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Upload.objects.update(state=State.READY)


def test_files_whose_row_never_came_are_swept(payout, state_dir):
    kept = take(payout)
    files.store(b"lost", key_id=member("maya").party.key_id, bound_to=kept.id)
    for file in (state_dir / "uploads").glob("*/*"):
        os.utime(file, (1, 1))
    assert remove_orphans() == 1
    assert opened(kept)[1]


def test_evidence_about_an_escalation_is_added_by_those_who_work_on_it(state_dir):
    found = escalated()
    carl, page = signed_in(Client(), staff("carl")), f"/compliance/escalations/{found.id}"
    assert "Kept with the escalation." in send(carl, f"{page}/documents", pdf(), "letter.pdf").content.decode()
    (document,) = list_documents("escalation", found.id)
    lena = signed_in(Client(), staff("lena"))
    assert f"/compliance/documents/{document.id}" in lena.get(page).content.decode()
    assert lena.get(f"/compliance/documents/{document.id}").content.startswith(b"%PDF")
    assert send(lena, f"{page}/documents", pdf()).status_code == 403
    assert signed_in(Client(), staff("fred")).get(f"/ops/documents/{document.id}").status_code == 404


def test_the_doctor_says_when_nothing_scans(settings, scanner):
    from foundation.uploads.registers import documents_are_scanned

    assert list(documents_are_scanned()) == []
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    assert "does not answer" in next(documents_are_scanned()).what
    settings.CLAMD_URL = ""
    assert "CLAMD_URL is not set" in next(documents_are_scanned()).what
