"""One round of everything that is due: release, send, write files, ask, read reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from foundation.actors import Actor
from foundation.errors import Unavailable
from payouts.life.services.batches import file_due, repair_files
from payouts.life.services.repairing import repair_due
from payouts.life.services.reporting import read_reports
from payouts.life.services.sending import send_due
from payouts.methods.states import Rail
from processors.gateways.rails.base import rails

AT_ONCE, AT_ONCE_BY_FILE = 1_000, 5_000


@dataclass(slots=True)
class Round:
    """What a run came to, rail by rail."""

    sent: int = 0
    put_off: int = 0
    files: int = 0
    filed: int = 0
    asked: int = 0
    taken_back: int = 0
    reported: int = 0
    unavailable: tuple[str, ...] = ()
    """Rails that could not be had at the moment; their payouts wait."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def run_payouts(*, by: Actor, only: Iterable[str] = (), limit: int | None = None) -> Round:
    """Hand over what is due, and ask about what is not known. Called outside of any transaction.

    Of rails that are told one payout at a time so many a round; a file takes as many as its rail allows.
    """
    done, wrong = Round(), list[Exception]()
    for rail in [str(one) for one in only] or [str(one) for one in Rail]:
        if rail in rails:
            try:
                _run(rail, by, limit, done)
            except Unavailable:
                done.unavailable += (rail,)
            except Exception as error:  # noqa: BLE001 - raised below, after the other rails had their turn
                wrong.append(error)
    repaired = repair_due(by=by)
    done.asked, done.taken_back = repaired.asked + repair_files(by=by), repaired.taken_back
    if wrong:
        raise wrong[0]
    return done


def _run(rail: str, by: Actor, limit: int | None, done: Round) -> None:
    if rails[rail].capabilities.is_file:
        filed = file_due(rail=rail, by=by, limit=limit or AT_ONCE_BY_FILE)
        done.files, done.filed = done.files + filed.files, done.filed + filed.payouts
        done.reported += read_reports(rail=rail, by=by).told
    else:
        sent = send_due(rail=rail, by=by, limit=limit or AT_ONCE)
        done.sent, done.put_off = done.sent + sent.sent, done.put_off + sent.put_off
