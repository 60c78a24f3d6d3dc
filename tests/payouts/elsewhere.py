"""A payout of somebody else, for pages and addresses that must not show it."""

from __future__ import annotations

from payouts.life.models import Payout
from tests.ledger.books import KINDS, as_owner
from tests.payouts.freezes.stories import scored
from tests.payouts.scene import ask, open_desk, rich


def asked_elsewhere(name: str) -> Payout:
    """A payout that waits, of a creator with this name."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    open_desk()
    creator_id = rich(500_00, name)
    scored(creator_id)
    return ask(creator_id)
