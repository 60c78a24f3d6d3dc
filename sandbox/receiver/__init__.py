"""A platform's receiver of webhooks: it shows what came, whether it was ours, and breaks when asked to."""

from contextlib import AbstractAsyncContextManager, nullcontext

from sandbox.parts import Part
from sandbox.receiver.pages import HERE, routes
from sandbox.receiver.shelf import Shelf


def part(here: str) -> Part:
    """The receiver with its page; `here` is where it is reached."""

    def running() -> AbstractAsyncContextManager[None]:
        return nullcontext()

    return Part(
        title="Webhooks received",
        about="A receiver to try with: what came, whether its signature is right, and a switch that breaks it.",
        path=HERE,
        routes=routes(Shelf(), here),
        running=running,
    )
