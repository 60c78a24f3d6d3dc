"""What can be stopped about payouts, and how far the risk-adjusted hours have been let in."""

from __future__ import annotations

from foundation.switches.registry import declare_switch
from foundation.switches.selectors import is_stopped
from foundation.switches.states import Kind
from foundation.switches.types import Figure
from payouts.methods.states import Rail


def _waiting() -> list[Figure]:
    from payouts.life.selectors import waiting_to_leave

    return [
        Figure(f"Would wait, {line.currency}", f"{line.count} payouts, {line.amount}") for line in waiting_to_leave()
    ]


PAUSE = declare_switch(
    "payouts.pause",
    Kind.KILL,
    title="Payouts leave",
    consequence="Nothing is released from escrow or handed to a rail; what is with a rail is followed to its end, and "
    "payouts can still be asked for and wait.",
    fails="closed",
    preview=_waiting,
)
for _rail in Rail:
    declare_switch(
        f"payouts.rail.{_rail}",
        Kind.KILL,
        title=f"Payouts by {_rail.label}",
        consequence="Payouts by this rail wait in the queue; those by others go on.",
        scope=str(_rail.label),
        fails="closed",
    )
RISK_ADJUSTED = declare_switch(
    "payouts.risk_adjusted_escrow",
    Kind.ROLLOUT,
    title="Hours of escrow by the integrity score",
    consequence="Creators outside the share wait the standard day whatever their score; checks hold for all.",
    fails="open",
    default=100,
)


def is_rail_stopped(rail: str) -> bool:
    """Whether nothing is handed to this rail at the moment."""
    return is_stopped(PAUSE.key) or is_stopped(f"payouts.rail.{rail}")
