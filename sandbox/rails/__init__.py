"""Where payouts go: Paxum, a bank that takes files, and one book of every instruction that any of them took."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.routing import BaseRoute

from sandbox.control import Control
from sandbox.parts import Part
from sandbox.rails.bank import ach
from sandbox.rails.hub import Rails
from sandbox.rails.pages import HERE, routes
from sandbox.rails.paxum import Paxum

Merchant = Mapping[str, Any]


def _paxum(rails: Rails, merchant: Merchant) -> list[BaseRoute]:
    return [*Paxum(rails, merchant).routes()]


def _ach(rails: Rails, merchant: Merchant) -> list[BaseRoute]:
    return [*ach.bank(rails, merchant).files.routes()]


PLAYED: dict[str, Callable[[Rails, Merchant], list[BaseRoute]]] = {"paxum": _paxum, "ach": _ach}


def part(merchants: Mapping[str, Merchant], control: Control) -> Part:
    """Those rails with which the merchant has an account."""
    rails = Rails(control)
    doors = [route for name, merchant in merchants.items() if name in PLAYED for route in PLAYED[name](rails, merchant)]
    return Part(
        title="Rails",
        about="Where payouts go: what each rail took, and every way in which it can go wrong.",
        path=HERE,
        routes=[*routes(rails), *doors],
        running=rails.clockwork.running,
    )
