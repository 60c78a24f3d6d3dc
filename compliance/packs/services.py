"""Packs that were agreed to: made by a job, kept a week, handed out on record. Their state is what stands on disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings

from compliance.packs.agreeing import KIND
from compliance.packs.building import DRAFT, build, lock
from foundation.actors import Actor, system
from foundation.approvals.models import Approval
from foundation.approvals.rules.who_decides import may_ever_ask
from foundation.approvals.states import State
from foundation.audit.services import record, record_read
from foundation.errors import Conflict, Forbidden, NotFound, Refusal
from foundation.sealed import Unsealing

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
PACKER = system("packs")
log = structlog.get_logger("fanz.packs")


class Stage(StrEnum):
    ASKED, MADE, READY, FAILED, OVER = "asked", "being made", "ready", "failed", "over"


@dataclass(frozen=True, slots=True)
class Pack:
    """How far a pack is: until when it can be taken, or how much of it is made, or why it cannot be."""

    approval: Approval
    stage: Stage
    done: int = 0
    of: int = 0
    size: int = 0
    expires_at: datetime | None = None
    problem: str = ""


def folder() -> Path:
    place = Path(settings.STATE_DIR) / "packs"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def list_packs(*, most: int = 50) -> list[Pack]:
    """The newest requests, however they ended."""
    return [_pack(row) for row in Approval.objects.filter(policy=KIND).order_by("-id")[:most]]


def get_pack(pack_id: UUID) -> Pack:
    row = Approval.objects.select_related("policy").filter(policy=KIND, pk=pack_id).first()
    if row is None:
        raise NotFound("packs.not_found", "There is no such pack.")
    return _pack(row)


def build_waiting(*, at: datetime) -> dict[str, int]:
    """Make what was agreed to and is not there; what waits for a signed root is tried again."""
    counts = {"made": 0, "waiting": 0, "failed": 0}
    for row in Approval.objects.filter(policy=KIND, state=State.APPLIED, settled_at__gt=at - WEEK).order_by("id"):
        if _file(row.pk).exists() or _file(row.pk, "failed").exists():
            continue
        try:
            records = build(row.pk, row.payload, into=_file(row.pk), tell=_file(row.pk, "progress"), at=at)
        except Refusal as refused:
            if refused.retryable:
                counts["waiting"] += 1
                continue
            _file(row.pk, "failed").write_text(refused.detail)
            record("audit.pack_failed", by=PACKER, subject=row, code=refused.code)
            log.error("packs.failed", pack=str(row.pk), code=refused.code)
            counts["failed"] += 1
        else:
            record("audit.pack_made", by=PACKER, subject=row, records=records)
            counts["made"] += 1
    return counts


def remove_old(*, at: datetime) -> int:
    """A week after it was made a pack is gone."""
    gone = 0
    for draft in folder().glob(f"{DRAFT}*"):
        if _made_at(draft) + HOUR <= at:
            shutil.rmtree(draft)  # whoever wrote it was killed
    for file in folder().glob("*.sealed"):
        if _made_at(file) + WEEK <= at:
            for one in folder().glob(f"{file.stem}.*"):
                one.unlink(missing_ok=True)
            record("audit.pack_expired", by=PACKER, subject=("approvals.approval", file.stem))
            gone += 1
    return gone


def take(pack_id: UUID, *, by: Actor, at: datetime) -> Iterator[bytes]:
    """The pack, for whoever asked for it, and a record that it was taken."""
    pack = get_pack(pack_id)
    if pack.approval.requester != by.reference or not may_ever_ask(by, pack.approval.policy.as_policy()):
        raise Forbidden("packs.not_yours", "Only whoever asked for a pack, and still may, takes it.")
    if pack.stage is not Stage.READY or pack.expires_at is None or pack.expires_at <= at:
        raise Conflict("packs.not_ready", "This pack is not there to be taken.", stage=str(pack.stage))
    record_read(
        "audit.pack_taken", by=by, query={"pack": str(pack_id)}, subjects=pack.of,
        with_personal=bool(pack.approval.payload["personal_why"]),
    )  # fmt: skip
    return _parts(Unsealing(_file(pack_id), *lock(pack_id)))


def _parts(content: Unsealing) -> Iterator[bytes]:
    with closing(content):
        while part := content.read(1 << 16):
            yield part


def _pack(row: Approval) -> Pack:
    if row.state != State.APPLIED:
        return Pack(row, Stage.ASKED if row.state == State.PENDING else Stage.OVER)
    told = _file(row.pk, "progress")
    said = json.loads(told.read_text() or "{}") if told.exists() else {}
    done, of = said.get("done", 0), said.get("of", 0)
    file, failed = _file(row.pk), _file(row.pk, "failed")
    if file.exists():
        return Pack(row, Stage.READY, done, of, size=file.stat().st_size, expires_at=_made_at(file) + WEEK)
    if failed.exists():
        return Pack(row, Stage.FAILED, problem=failed.read_text())
    is_over = row.settled_at is not None and row.settled_at + WEEK <= datetime.now(UTC)
    return Pack(row, Stage.OVER if is_over else Stage.MADE, done, of)


def _made_at(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _file(pack_id: UUID, kind: str = "sealed") -> Path:
    return folder() / f"{pack_id}.{kind}"
