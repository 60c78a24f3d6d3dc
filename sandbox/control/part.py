"""The control as a part of the sandbox."""

from sandbox.control import Control, api, pages
from sandbox.parts import Part


def part(control: Control) -> Part:
    """Its page, its addresses, and the post office that runs beside them."""
    return Part(
        title="Control",
        about="Troubles for the next calls, the providers' clock, and every webhook with its answer.",
        path=pages.HERE,
        routes=[*api.routes(control), *pages.routes(control)],
        running=control.courier.running,
    )
