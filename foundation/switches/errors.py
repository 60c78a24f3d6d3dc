"""Why a switch does not do what was asked."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Unavailable

PORTALS_RETRY_SECONDS = 300

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "switches.unknown": (NotFound, "There is no such switch."),
    "switches.wrong_kind": (Invalid, "This kind of switch does not take that."),
    "switches.bad_value": (Invalid, "This switch cannot have that value."),
    "switches.bad_expiry": (Invalid, "A stop ends later than now, and within thirty days."),
    "switches.reason_missing": (Invalid, "Say why: the reason stays with the switch."),
    "switches.nobody_named": (
        Forbidden,
        "A person pulls a switch. At the command line name yourself with --actor EMAIL and --otp CODE.",
    ),
    "switches.may_not_stop": (Forbidden, "Your roles do not pull this switch."),
    "switches.not_stopped": (Conflict, "There is nothing to bring back: the switch is as it should be."),
    "switches.changed_since": (Conflict, "The switch was changed after this was asked."),
    "switches.not_lower": (Conflict, "Raising a share takes two people: ask for it."),
    "switches.stopped": (Unavailable, "This is stopped for the moment. Try again later."),
}


class Stopped(Unavailable):
    """Somebody stopped this flow; nothing was done."""


class PortalsPaused(Unavailable):
    """Nobody new enters the portals for the moment."""

    title, default_code = "Paused", "auth.portals_paused"

    def __init__(self) -> None:
        super().__init__(
            detail="Signing in is paused for the moment. Your money is safe, and where you are signed in you stay so. "
            "The status page says how it goes; try again in a few minutes.",
            retry_after=PORTALS_RETRY_SECONDS,
        )


def refusal(code: str, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return (Stopped if code == "switches.stopped" else kind)(code, sentence, **facts)
