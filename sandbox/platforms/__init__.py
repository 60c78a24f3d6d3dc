"""The creator platforms themselves: programs that tell the house of people, and charge them, over its API."""

from pathlib import Path

from sandbox.parts import Part
from sandbox.platforms.pages import routes
from sandbox.platforms.traffic import Traffic


def part(api: str, credentials: Path, here: str) -> Part:
    """Every platform of the demo, calling as its own program does, and a page of what it was answered.

    `here` is where the providers played beside them are reached.
    """
    traffic = Traffic(api, credentials, here)
    return Part(
        title="Platforms",
        about="The calls that the demo's platforms make, newest first.",
        path="/_sandbox/platforms/",
        routes=routes(traffic),
        running=traffic.running,
    )
