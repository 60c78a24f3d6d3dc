"""Where payouts go: wallets, a bank that takes files, signers of coins, and one book of all that any of them took."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute

from sandbox.chain.world import World
from sandbox.control import Control
from sandbox.parts import Part
from sandbox.rails.bank import ach, iso
from sandbox.rails.epayservice import EPayService
from sandbox.rails.hub import Rails
from sandbox.rails.pages import HERE, routes
from sandbox.rails.paxum import Paxum
from sandbox.rails.treasury import Treasury

Merchant = Mapping[str, Any]
CRYPTO = "crypto"
PLAYED: dict[str, Callable[[Rails, Merchant], list[BaseRoute]]] = {
    "paxum": lambda rails, merchant: Paxum(rails, merchant).routes(),
    "epayservice": lambda rails, merchant: EPayService(rails, merchant).routes(),
    "ach": lambda rails, merchant: ach.bank(rails, merchant).files.routes(),
    "sepa": lambda rails, merchant: iso.sepa(rails, merchant).files.routes(),
    "wire": lambda rails, merchant: iso.wire(rails, merchant).files.routes(),
}
NAMES = frozenset(PLAYED) | {CRYPTO}


def part(merchants: Mapping[str, Merchant], control: Control, world: World | None) -> Part:
    """Those rails with which the merchant has an account; coins are sent only where there are chains."""
    rails = Rails(control)
    doors = [route for name, merchant in merchants.items() if name in PLAYED for route in PLAYED[name](rails, merchant)]
    if CRYPTO in merchants and world:
        doors += Treasury(rails, merchants[CRYPTO], world).routes()
    return Part(
        title="Rails",
        about="Where payouts go: what each rail took, and every way in which it can go wrong.",
        path=HERE,
        routes=[*routes(rails), *doors],
        running=rails.clockwork.running,
    )
