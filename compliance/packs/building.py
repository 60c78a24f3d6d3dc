"""Making a pack: records with their proofs, the blocks up to a signed root, and a program that checks it all."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TextIO, cast
from uuid import UUID

from compliance.packs.agreeing import query_of
from compliance.packs.verify import FIELDS, PACK
from foundation.approvals.types import Payload
from foundation.audit.models import AuditPersonal
from foundation.audit.selectors import matching_records
from foundation.commands import to_json
from foundation.errors import Conflict, Unavailable
from foundation.http.tables import harmless
from foundation.identity.keys import keyed_hash
from foundation.seal import merkle, roots
from foundation.seal.chain import block_hash, said
from foundation.seal.models import SealBlock
from foundation.seal.selectors import block_with, proofs_in
from foundation.seal.sources import leaf_texts
from foundation.sealed import PACK as PACK_FILE
from foundation.sealed import Sealing

HERE = Path(__file__).parent
AT_ONCE = 1_000
DRAFT = ".draft-"


def build(pack_id: UUID, payload: Payload, *, into: Path, tell: Path, at: datetime) -> int:
    """Write the pack, sealed, whole or not at all; returns how many records are in it.

    Unavailable while the newest records wait for a signed root; Conflict when the chain is not sound.
    """
    with TemporaryDirectory(dir=into.parent, prefix=DRAFT) as name:
        draft = Path(name)
        numbers, blocks = _write_records(draft, payload, tell)
        _write_personal(draft, numbers if payload["personal_why"] else [])
        _write_chain(draft, blocks)
        (draft / "public_key.pem").write_bytes(roots.public_key())
        for part in ("verify.py", "README.txt"):
            (draft / part).write_bytes((HERE / part).read_bytes())
        manifest = {
            "pack": str(pack_id), "made_at": at, "asked": payload, "records": len(numbers),
            "files": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(draft.iterdir())},
        }  # fmt: skip
        (draft / "manifest.json").write_text(to_json(manifest) + "\n", encoding="utf-8")
        (draft / "manifest.sig").write_bytes(roots.sign(PACK, (draft / "manifest.json").read_bytes()))
        parts, whole = sorted(draft.iterdir()), draft / "pack.sealed"
        sealing = Sealing(whole, *lock(pack_id))
        with zipfile.ZipFile(cast(IO[bytes], sealing), "w", zipfile.ZIP_DEFLATED) as pack:
            for file in parts:
                pack.write(file, f"audit-pack/{file.name}")
        sealing.finish()
        whole.chmod(0o600)
        whole.replace(into)
    return len(numbers)


def lock(pack_id: UUID) -> tuple[bytes, str, str]:
    """With what a pack is sealed: a key of its own, which only who holds the house's keys can make again."""
    return keyed_hash("audit pack", str(pack_id)), str(pack_id), PACK_FILE


def _write_records(draft: Path, payload: Payload, tell: Path) -> tuple[list[int], dict[int, SealBlock]]:
    found = matching_records(query_of(payload)).extra(select={"written_by": "xact::text::bigint"}).order_by("id")
    waiting = dict(found.values_list("id", "written_by"))
    total, numbers, blocks = len(waiting), list(waiting), {}
    with (draft / "records.jsonl").open("w") as lines, (draft / "records.csv").open("w", newline="") as table:
        writer = csv.writer(table)
        writer.writerow(FIELDS)
        while waiting:
            first = next(iter(waiting))
            block, rows = block_with("audit", first, waiting[first])
            blocks[block.number] = block
            mine = [number for number, _, _ in rows if number in waiting]
            for number, text, way in _proven(block, rows, mine):
                record = dict(zip(FIELDS, json.loads(text), strict=True))
                steps = [[side, neighbour.hex()] for side, neighbour in way]
                line = {"record": record, "leaf": text, "block": block.number, "path": steps}
                _line(lines, line)
                writer.writerow([harmless(value) for value in record.values()])
                del waiting[number]
            tell.write_text(json.dumps({"done": total - len(waiting), "of": total}))
    return numbers, blocks


def _proven(
    block: SealBlock, rows: Sequence[tuple[int, int, bytes]], mine: Sequence[int]
) -> Iterator[tuple[int, str, list[merkle.Step]]]:
    """Each row's text and way; nothing that does not lead to the block's root leaves the house as proven."""
    if block_hash(block) != bytes(block.hash):
        raise Conflict("packs.chain_broken", f"Block {block.number} is not the one that was sealed.")
    texts = leaf_texts("audit", mine)
    for number, (leaf, way) in proofs_in(rows, set(mine)).items():
        is_whole = leaf == merkle.leaf_hash(texts[number].encode()) and merkle.climb(leaf, way) == bytes(block.root)
        if not is_whole:
            raise Conflict("packs.chain_broken", f"Record #{number} is not the one that was sealed.")
        yield number, texts[number], way


def _write_personal(draft: Path, numbers: Sequence[int]) -> None:
    with (draft / "personal.jsonl").open("w") as lines:
        for start in range(0, len(numbers), AT_ONCE):
            halves = AuditPersonal.objects.filter(record_id__in=numbers[start : start + AT_ONCE]).order_by("record_id")
            for half in halves:
                _line(lines, {"record_id": half.record_id, "salt": bytes(half.salt).hex(), "values": half.values})


def _write_chain(draft: Path, blocks: dict[int, SealBlock]) -> None:
    """From each block that holds a record on to the next root that was signed and written outside the database."""
    ours = list(roots.sound("audit"))
    needed: set[int] = set()
    used: dict[int, dict[str, Any]] = {}
    for number in sorted(blocks):
        root = min((one for one in ours if one["number"] >= number), key=lambda one: one["number"], default=None)
        if root is None:
            raise Unavailable("packs.no_root_yet", "The newest records wait for the next signed root.", retry_after=60)
        used[root["number"]] = root
        needed.update(range(number, root["number"] + 1))
    with (draft / "blocks.jsonl").open("w") as lines:
        wanted = sorted(needed)
        for start in range(0, len(wanted), AT_ONCE):
            found = SealBlock.objects.filter(source="audit", number__in=wanted[start : start + AT_ONCE])
            for block in found.order_by("number").defer("marks"):
                _line(lines, {"number": block.number, "said": said(block), "hash": bytes(block.hash).hex()})
    with (draft / "roots.jsonl").open("w") as lines:
        for number in sorted(used):
            _line(lines, used[number])


def _line(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value) + "\n")
