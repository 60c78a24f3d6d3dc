"""What an account of ours with a rail says of itself."""

from __future__ import annotations

from typing import Any

from foundation.errors import Invalid
from processors.gateways.rails.types import RailRequest
from processors.gateways.types import Merchant


def value(merchant: Merchant, name: str, usual: Any = None) -> Any:
    """A setting of the account, what stands beside its secrets, or the usual; Invalid when none has it."""
    for known in (merchant.settings, merchant.secrets):
        if name in known:
            return known[name]
    if usual is None:
        raise Invalid("rails.not_set_up", f"The account {merchant.slug} has no {name}.")
    return usual


def payee(request: RailRequest) -> str:
    """Whom the account belongs to, as the payout says or else its destination."""
    return request.name or request.destination.get("name", "")
