#!/usr/bin/env python3
"""Prove a pack of audit records without the house it came from: python3 verify.py FINGERPRINT, beside the other files.

The fingerprint is the one of the house's key, told by another way than the pack; without it it is only printed.

Needs Python 3.9 or later and the package `cryptography`. Ends with 0 when everything is proven, with 1 otherwise.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

HERE = Path(__file__).resolve().parent
PACK, ROOT = b"fanz audit pack\n", b"fanz seal root\n"
MERKLE_ROOT, PREVIOUS = 8, 9
FIELDS = [
    "id", "at_microseconds", "xact", "actor", "party_id", "action", "outcome", "subject_type", "subject_id",
    "platform_id", "reason", "facts", "request_id", "commitment",
]  # fmt: skip


class NotProven(Exception):
    pass


def need(holds: bool, words: str) -> None:
    if not holds:
        raise NotProven(words)


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").split("\n") if line]


def check_files(key: Any) -> dict[str, Any]:
    """Every file is the one that was packed, and the list of them carries the house's signature."""
    listed = (HERE / "manifest.json").read_bytes()
    key.verify((HERE / "manifest.sig").read_bytes(), PACK + listed)
    manifest: dict[str, Any] = json.loads(listed)
    for name, wanted in manifest["files"].items():
        need(sha256((HERE / name).read_bytes()).hex() == wanted, f"{name} is not the file that was packed")
    return manifest


def check_chain(key: Any) -> dict[int, str]:
    """Every block is whole and leads, block by block, to a root that the house signed. Returns the Merkle roots."""
    blocks = {block["number"]: block for block in lines("blocks.jsonl")}
    signed = {}
    for root in lines("roots.jsonl"):
        said = {name: value for name, value in root.items() if name != "signature"}
        key.verify(bytes.fromhex(root["signature"]), ROOT + json.dumps(said, sort_keys=True).encode())
        signed[root["number"]] = root["hash"]
    last: dict[str, Any] | None = None
    for number in sorted(blocks, reverse=True):
        block = blocks[number]
        need(block["said"][:2] == ["audit", str(number)], f"block {number} is another")
        need(sha256("\n".join(block["said"]).encode()).hex() == block["hash"], f"block {number} was altered")
        is_signed = signed.get(number) == block["hash"]
        is_chained = last is not None and last["number"] == number + 1 and last["said"][PREVIOUS] == block["hash"]
        need(is_signed or is_chained, f"block {number} leads to no signed root")
        last = block
    return {number: block["said"][MERKLE_ROOT] for number, block in blocks.items()}


def check_records(roots: dict[int, str]) -> dict[int, str]:
    """Every record says what was sealed, and its way leads to the root of its block."""
    commitments = {}
    for record in lines("records.jsonl"):
        said = json.loads(record["leaf"])
        number = record["record"]["id"]
        need(
            {name: said[at] for at, name in enumerate(FIELDS)} == record["record"],
            f"record {number} does not say what was sealed",
        )
        found = sha256(b"\x00" + record["leaf"].encode())
        for side, neighbour in record["path"]:
            other = bytes.fromhex(neighbour)
            found = sha256(b"\x01" + (other + found if side == "left" else found + other))
        need(found.hex() == roots.get(record["block"]), f"record {number} is not in block {record['block']}")
        commitments[number] = said[-1]
    return commitments


def check_personal(commitments: dict[int, str]) -> None:
    """Addresses and agents, where they were packed, are those that were committed to."""
    for half in lines("personal.jsonl"):
        text = json.dumps(half["values"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        commitment = sha256(bytes.fromhex(half["salt"]) + text.encode()).hex()
        need(commitments.get(half["record_id"]) == commitment, f"the personal half of {half['record_id']} was altered")


def main() -> int | str:
    try:
        pem = (HERE / "public_key.pem").read_bytes()
        fingerprint, wanted = sha256(pem).hex(), "".join(sys.argv[1:]).lower()
        need(wanted in ("", fingerprint), f"the pack is signed by another key, {fingerprint}")
        key = load_pem_public_key(pem)
        manifest = check_files(key)
        commitments = check_records(check_chain(key))
        check_personal(commitments)
        need(len(commitments) == manifest["records"], "records are missing")
    except InvalidSignature:
        return "NOT PROVEN: a signature is not of this key"
    except NotProven as problem:
        return f"NOT PROVEN: {problem}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        return f"NOT PROVEN: a file cannot be read ({problem!r})"
    print(f"PROVEN: {len(commitments)} records belong to roots signed by the key {fingerprint}")  # noqa: T201
    if not wanted:
        print("Compare this fingerprint with the one the house told you by another way.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
