"""Disks that are full: Postgres', and the one of logs and documents, while platforms write."""

from __future__ import annotations

import ctypes
import io
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings
from PIL import Image

from fanzmoney.trials.outages.attacks import BACK_SECONDS, under_load
from fanzmoney.trials.outages.ground import Ground
from fanzmoney.trials.outages.traffic import Traffic, Wish, purchase
from foundation import clock
from foundation.actors import system
from foundation.errors import Refusal
from foundation.faults import Run
from foundation.identity.models import Membership
from foundation.ids import uuid7
from foundation.uploads.selectors import look_at_files
from foundation.uploads.services import take_document
from foundation.uploads.types import Subject, subjects

CLONE_NEWNS = 0x20000
ROOM_FOR_POSTGRES, ROOM_FOR_FILES = 160 << 20, 16 << 20
NOTICED_SECONDS, UNTROUBLED_SECONDS = 60.0, 30.0
BY = system("trials")


class Disk:
    """A small disk under a folder that had another before."""

    def __init__(self, folder: Path, room: int) -> None:
        self.folder, self.ballast = folder, folder / "ballast"
        folder.mkdir(parents=True, exist_ok=True)
        told, size = folder.stat(), sum(file.lstat().st_size for file in folder.rglob("*")) + room
        aside = folder.with_name(f"{folder.name}.aside")
        folder.rename(aside)
        folder.mkdir()
        options = f"size={size},uid={told.st_uid},gid={told.st_gid},mode={told.st_mode & 0o777:o}"
        _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
        _run("cp", "-a", f"{aside}/.", str(folder))
        shutil.rmtree(aside)

    def fill(self) -> None:
        """Nothing more fits on it."""
        with self.ballast.open("wb", buffering=0) as out:
            for piece in (bytes(1 << 20), bytes(4096)):
                try:
                    while out.write(piece):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def close(self) -> None:
        self.free()
        _run("umount", "-l", str(self.folder))


def fill_disks(run: Run, here: Ground) -> None:
    """In turn the files' disk and the database's is full: told to come back, nothing granted is lost, and it heals."""
    if not _has_own_mounts():
        run.skipped = "Small disks need the right to mount (root, CAP_SYS_ADMIN), which this process has not."
        return
    with _small_disks(here) as (data, files), under_load(run) as (_, traffic):
        subjects.add("trial", Subject(lambda id: (owners[id], True)))
        people = Membership.objects.filter(external_id__startswith="bench-creator").order_by("pk")
        parties = list(people.values_list("party_id", flat=True))
        owners: dict[UUID, UUID] = {}
        refusals = 0
        for trial in run:
            about = uuid7()
            owners[about] = parties[trial % len(parties)]
            files.fill()
            _stands_without_logs(run, traffic)
            _sends(run, about, wanted="uploads.no_room")
            files.free()
            _sends(run, about, wanted="")
            refusals += _is_full(run, here, data, traffic)
            _is_back(run, traffic)
        if not refusals:
            run.violated("no caller ever noticed that the disk was full: nothing was tried")
        for finding in look_at_files()["findings"]:
            run.violated(f"a document: {finding}")


@contextmanager
def _small_disks(here: Ground) -> Iterator[tuple[Disk, Disk]]:
    here.kill_postgres()
    with ExitStack() as stack:
        data = Disk(here.postgres.home, ROOM_FOR_POSTGRES)
        stack.callback(data.close)
        here.start_postgres()
        state = Path(settings.STATE_DIR)
        files = Disk(state / "logs", ROOM_FOR_FILES)
        stack.callback(files.close)
        (state / "logs" / "uploads").mkdir()
        (state / "uploads").symlink_to(state / "logs" / "uploads")
        yield data, files


def _is_full(run: Run, here: Ground, data: Disk, traffic: Traffic) -> int:
    """How many were told to come back while Postgres had no room; whoever looks after it starts it when it ended."""
    before = _refused(traffic)
    data.fill()
    deadline = time.monotonic() + NOTICED_SECONDS
    while _refused(traffic) - before < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(run.random.uniform(0, 3))
    data.free()
    if here.postgres.child.exit_code() is not None:
        here.postgres.child.finish(time.monotonic())
        here.start_postgres()
    return _refused(traffic) - before


def _is_back(run: Run, traffic: Traffic) -> None:
    """Who asks now is served; those whose outcome nobody could write down wait for the end of their lease."""
    began = time.monotonic()
    wish = Wish("boyfanz", "/api/v1/payments", purchase(run.random))
    while not wish.is_promised and time.monotonic() - began < 4 * BACK_SECONDS:
        wish.asked_at, (wish.status, wish.answer, _) = time.monotonic(), traffic.ask(wish)
        time.sleep(0.2)
    if not wish.is_promised or time.monotonic() - began > BACK_SECONDS:
        run.violated(f"{time.monotonic() - began:.1f} s after there was room again: {wish.status} {wish.answer}")
    traffic.wishes.append(wish)


def _refused(traffic: Traffic) -> int:
    return traffic.answers[503]


def _stands_without_logs(run: Run, traffic: Traffic) -> None:
    if traffic.wait_for_promise(time.monotonic(), UNTROUBLED_SECONDS, count=3) is None:
        run.violated(f"with logs full nothing was granted in {UNTROUBLED_SECONDS:g} s: {dict(traffic.answers)}")


def _sends(run: Run, about: UUID, *, wanted: str) -> None:
    out = io.BytesIO()
    Image.frombytes("RGB", (64, 64), run.random.randbytes(64 * 64 * 3)).save(out, "PNG")
    try:
        take_document(subject_type="trial", subject_id=about, raw=out.getvalue(), by=BY, at=clock.now())
        came = ""
    except Refusal as refusal:
        came = refusal.code
    if came != wanted:
        run.violated(f"a document sent is answered {came or 'taken'} instead of {wanted or 'taken'}")


def _has_own_mounts() -> bool:
    """Whether from here on what is mounted is seen by this process and its children alone, and ends with them."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(CLONE_NEWNS) != 0:
        return False
    return subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True, check=False).returncode == 0  # noqa: S607


def _run(*line: str) -> None:
    subprocess.run(line, check=True, capture_output=True)  # noqa: S603 - our own words
