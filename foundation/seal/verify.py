"""Hold rows, blocks and outside roots against each other, and say what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import connection, transaction

from foundation.seal import marks, merkle, roots
from foundation.seal.chain import GENESIS, block_hash
from foundation.seal.models import SealBlock, SealCheck, SealEpoch
from foundation.seal.sources import Finding, Row, Source, brought, epochs_of, head_of, ordinary, rows, scalar, sources

MOST_FINDINGS = 100
Advance = Callable[[int], None]


@dataclass(slots=True)
class Report:
    """What one look at a source saw."""

    source: str
    verified_to: int = 0
    blocks: int = 0
    rows: int = 0
    roots_checked: int = 0
    findings: list[Finding] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.source,
            "verified_to": self.verified_to,
            "blocks": self.blocks,
            "rows": self.rows,
            "roots_checked": self.roots_checked,
            "findings": [finding.as_dict() for finding in self.findings[:MOST_FINDINGS]],
            "findings_total": len(self.findings),
        }


def verify_all(name: str, *, advance: Advance = lambda _: None) -> Report:
    """Everything from the first row on, and the roots kept outside."""
    report = _verify(name, after=0, advance=advance)
    report.findings += _unclaimed_imports(name) + _rows_from_the_future(name) + list(sources[name].and_also())
    report.roots_checked, outside = roots.compare(name)
    report.findings += outside
    _remember(report, SealCheck.Kind.FULL)
    return report


def verify_new(name: str) -> Report:
    """The blocks since the last look."""
    last = SealCheck.objects.filter(source=name, kind=SealCheck.Kind.NEW).first()
    report = _verify(name, after=last.verified_to if last else 0)
    if not report.blocks and last and not report.findings:
        report.verified_to = last.verified_to
    still = list(last.findings) if last else []
    _remember(report, SealCheck.Kind.NEW, still)
    return report


def _verify(name: str, *, after: int, advance: Advance = lambda _: None) -> Report:
    source, report, epochs = sources[name], Report(name, verified_to=after), epochs_of(name)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        head = head_of(name)
        before = SealBlock.objects.filter(source=name, number__lte=after).order_by("-number").first()
        if after and (head is None or head.number < after):
            report.findings.append(
                Finding(name, "gap", f"the chain ended at #{after} before and is shorter now", after)
            )
            return report
        wanted = SealBlock.objects.filter(source=name, number__gt=after).order_by("number").iterator(chunk_size=2_000)
        for number, group in groupby(wanted, key=lambda block: block.epoch):
            epoch = epochs.get(number)
            if epoch is None:
                report.findings.append(Finding(name, "chain", f"epoch {number} is not known"))
                break
            for block, found in _with_rows(source, epoch, epochs, group):
                report.findings += _about(name, block, before, found)
                report.blocks, report.rows = report.blocks + 1, report.rows + len(found)
                report.verified_to, before = block.number, block
                advance(1)
    return report


def _with_rows(
    source: Source, epoch: SealEpoch, epochs: dict[int, SealEpoch], blocks: Iterable[SealBlock]
) -> Iterator[tuple[SealBlock, list[Row]]]:
    """Each block of an epoch with the rows that belong to it, read in one pass."""
    listed = list(blocks)
    following = epochs.get(epoch.number + 1)
    ordinary_blocks = [block for block in listed if not block.is_import]
    stream: Iterator[Row] = iter(())
    if ordinary_blocks:
        reach = ordinary(epoch, following, ordinary_blocks[0].xact_from, ordinary_blocks[-1].xact_until)
        stream = rows(source, reach, order="xact, id")
    waiting = next(stream, None)
    for block in listed:
        if block.is_import:
            yield block, list(rows(source, brought(epoch, epochs[epoch.number - 1]))) if epoch.number > 1 else []
            continue
        found = []
        while waiting and waiting[1] < block.xact_until:
            found.append(waiting)
            waiting = next(stream, None)
        yield block, sorted(found)


def _about(name: str, block: SealBlock, before: SealBlock | None, found: list[Row]) -> list[Finding]:
    said = []

    def say(kind: str, detail: str) -> None:
        said.append(Finding(name, kind, detail, block.number))

    if block.number != (before.number + 1 if before else 1):
        say("gap", f"block #{before.number + 1 if before else 1} is missing")
    if bytes(block.previous) != (bytes(before.hash) if before else GENESIS):
        say("chain", "it does not point to the block before it")
    is_follower = before and before.epoch == block.epoch and not before.is_import
    if not block.is_import and block.xact_from != (before.xact_until if before and is_follower else 0):
        say("chain", "it does not begin where the block before it ended")
    if bytes(block.hash) != block_hash(block):
        say("block", "its own columns were changed")
    if len(found) != block.count:
        say("count", f"it sealed {block.count} rows and there are {len(found)}")
    if merkle.root([leaf for _, _, leaf in found]) != bytes(block.root):
        ids = f"#{found[0][0]} to #{found[-1][0]}" if found else "none left"
        which = marks.difference(bytes(block.marks), found)
        say("rows", f"its rows ({ids}) are not the ones that were sealed{': ' + which if which else ''}")
    return said


def _unclaimed_imports(name: str) -> list[Finding]:
    """Rows that pretend to have come with a dump although no block of that dump has them."""
    epochs = epochs_of(name)
    with_import = set(SealBlock.objects.filter(source=name, is_import=True).values_list("epoch", flat=True))
    found = []
    for number, epoch in epochs.items():
        if number > 1 and number not in with_import and any(rows(sources[name], brought(epoch, epochs[number - 1]))):
            found.append(Finding(name, "rows", f"rows stand before epoch {number} that nobody sealed"))
    return found


def _rows_from_the_future(name: str) -> list[Finding]:
    table = sources[name].table
    sql = f"SELECT count(*) FROM {table} WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())"  # noqa: S608
    epoch = max(epochs_of(name).values(), key=lambda epoch: epoch.number, default=None)
    if epoch and epoch.number > 1:
        sql += f" AND id > {int(epoch.starts_after)}"
    count = int(scalar(sql))
    return [Finding(name, "future", f"{count} rows name a transaction that has not begun")] if count else []


def _remember(report: Report, kind: SealCheck.Kind, still: list[dict[str, Any]] | None = None) -> None:
    """Keep the last verdict; what an earlier look at new blocks found stays until everything was verified well."""
    now: datetime = scalar("SELECT clock_timestamp()")
    news = [finding.as_dict() for finding in report.findings]
    findings = [*(still or []), *(finding for finding in news if finding not in (still or []))][:MOST_FINDINGS]
    verdict = {"verified_to": report.verified_to, "findings": findings, "checked_at": now}
    SealCheck.objects.update_or_create(source=report.source, kind=kind, defaults=verdict)
    if kind == SealCheck.Kind.FULL and not findings:
        SealCheck.objects.filter(source=report.source, kind=SealCheck.Kind.NEW).update(findings=[])
