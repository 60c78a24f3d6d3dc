"""A node of Bitcoin and one of Ethereum on chains of their own, where anyone pays by an order."""

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from sandbox.chain.core_rpc import CoreRpc
from sandbox.chain.eth_rpc import EthRpc
from sandbox.chain.pages import HERE, routes
from sandbox.chain.rpc import Method
from sandbox.chain.world import World
from sandbox.control import Control
from sandbox.parts import Part

BATCH = "batch"


def world_of(merchant: Mapping[str, Any], control: Control) -> World:
    """Both chains as they stand at the start."""
    return World(merchant, control.clock, control.seed)


def part(merchant: Mapping[str, Any], control: Control, world: World) -> Part:
    """Both nodes at `/chain/btc` and `/chain/eth`, and the orders that drive their chains."""
    desk, every_seconds = control.desk("chain"), world.every_seconds

    def forget() -> None:
        world.every_seconds = every_seconds

    desk.settings_forgotten.append(forget)
    core = CoreRpc(world.btc, merchant["btc_user"], merchant["btc_password"])
    eth = EthRpc(world.eth, int(merchant.get("chain_id", 1)))

    def operations(methods: Mapping[str, Method]) -> tuple[str, ...]:
        return (*methods, BATCH)

    def operation(fields: Mapping[str, str]) -> str:
        return fields.get("method", BATCH)

    return Part(
        title="Chains",
        about="Bitcoin and Ethereum with their tokens: pay, mine, reorganise, replace.",
        path=HERE,
        routes=[
            Route("/chain/btc", desk.doors(operations(core.methods), operation, core.answer), methods=["GET", "POST"]),
            Route("/chain/eth", desk.doors(operations(eth.methods), operation, eth.answer), methods=["GET", "POST"]),
            *routes(world),
        ],
        running=world.running,
    )
