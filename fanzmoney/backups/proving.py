"""Prove the house this process is pointed at: the erased forgotten, keys and documents open, books and chains hold."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from foundation.actors import Actor
from foundation.commands import to_json
from foundation.identity.services import forget_again
from foundation.identity.sweeping import look_at_keys
from foundation.seal.services import seal_source
from foundation.seal.sources import sources
from foundation.seal.verify import verify_all
from foundation.uploads.selectors import look_at_files
from ledger import verification


def prove(*, listed_in: Path, by: Actor) -> dict[str, Any]:
    """Forget the erased again, then verify everything there is to verify."""
    forgotten = forget_again(listed_in=listed_in, by=by)
    for name in sources:  # on another server its numbers of transactions begin anew: an epoch of its own says so
        seal_source(name)
    proofs = {
        "keys_verify": look_at_keys(),
        "uploads_verify": look_at_files(),
        "ledger_verify": verification.verify().as_dict(),
        "audit_verify": verify_all("audit").as_dict(),
    }
    found = [f"{name}: {to_json(finding)}" for name, proof in proofs.items() for finding in proof.pop("findings")]
    return {"forgotten": asdict(forgotten), "proofs": proofs, "findings": found}
