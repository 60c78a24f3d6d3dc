"""What is said of one payout: word, reason, stages and what its creator can do; all from the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from foundation.money import Money
from foundation.reasons import Reason
from payouts import words
from payouts.life.states import OVER, WITH_US, CreatorStatus, PayoutState
from payouts.transparency.rules.arriving import soonest
from payouts.transparency.rules.facts import Facts
from payouts.transparency.rules.status import Sign
from payouts.transparency.types import Arrival, Option, Place, Progress, StageForCreator

P = PayoutState
ENDINGS = {P.PAID: "arrived", P.RETURNED: "back", P.CANCELLED: "cancelled"}
OURS = "ours"
PAID_INTO = {"paxum": "Your Paxum account", "epayservice": "Your ePayService account", "crypto": "Your wallet"}


def reason_of(facts: Facts, signs: Collection[Sign]) -> str:
    """Why it stands where it stands, in one or two sentences."""
    if facts.hold is not None and Sign.HELD in signs:
        return words.why(facts.hold.code).said(facts.hold.facts)
    if facts.state in (P.RETURNED, P.FAILED):
        return _came_back(facts)
    if Sign.DISPUTED in signs:
        return words.DISPUTED
    if Sign.PEOPLE in signs:
        return words.SECOND_PERSON
    if Sign.WAY_SHUT in signs:
        return words.why(Reason.OUTAGE).said({"rail": facts.rail_name})
    if Sign.LATE in signs:
        said = words.why(Reason.RAIL_DELAY).said({"rail": facts.rail_name})
        return said if facts.state not in WITH_US or facts.is_sent_again else words.LATE
    if facts.state is P.FROZEN:
        return words.why(facts.code).said(facts.told)
    if facts.state is P.IN_ESCROW:
        wait = words.span(facts.hours)
        first = words.why(facts.code).said({"wait": wait, "rail": facts.rail_name, **facts.told})
        if facts.code == Reason.HIGH_REFUND_RATIO:
            first = f"{first} {words.LONGER.format(wait=wait)}"
        return f"{first} {words.SECOND_PERSON}" if facts.needs_people else first
    return words.WAITING[facts.state][1].format(rail=facts.rail_name)


def until_of(facts: Facts, signs: Collection[Sign]) -> str:
    """By when somebody answers, where no date of its own is certain."""
    if facts.hold is None or Sign.HELD not in signs:
        return ""
    shape = words.FREE_ON if facts.hold.frees_itself else words.HEAR_BY
    return shape.format(date=_date(facts.hold.ends_by))


def word_of(facts: Facts) -> str:
    return words.WAITING[facts.state][0]


def stages_of(facts: Facts, status: CreatorStatus, arrival: Arrival | None) -> tuple[StageForCreator, ...]:
    """Who has the money, who had it and who comes next: us, the rail, the bank."""
    note, at = _note(facts, status, arrival)
    here = _place(facts.state)
    order = list(Place)
    stuck = status is not CreatorStatus.NORMAL or facts.state is P.CANCELLED
    stages = []
    for place in order:
        before = order.index(place) < order.index(here)
        progress = Progress.DONE if before or facts.state is P.PAID else Progress.TODO
        if place is here and facts.state is not P.PAID:
            progress = Progress.STUCK if stuck else Progress.NOW
        said = (note, at) if place is here else ("", facts.sent_at if place is Place.PLATFORM and before else None)
        stages.append(StageForCreator(place, _name(place, facts), progress, *said))
    return tuple(stages)


def options_of(
    facts: Facts, signs: Collection[Sign], at: datetime, *, others: Iterable[Option] = (), can_cancel: bool = False
) -> tuple[Option, ...]:
    """What the creator can do, the most useful first; `others` are destinations by which it would be there sooner."""
    names: list[str] = []
    if facts.hold is not None and Sign.HELD in signs:
        names.append(action_of(facts.hold.action, frees_itself=facts.hold.frees_itself))
    elif facts.state in (P.RETURNED, P.FAILED):
        names += ["check_method", "ask_again"]
    elif Sign.DISPUTED in signs:
        names.append("answer_disputes")
    elif facts.state is P.IN_ESCROW and Sign.PEOPLE not in signs:
        names.append(words.why(facts.code).action)
    names = [name for name in names if name not in ("other_method", "contact")]
    found = [option(name, soonest(facts, at)) for name in names] + list(others)
    if not found and facts.state not in OVER:
        found.append(option(words.NOTHING, None))
    if can_cancel:
        found.append(option("cancel", None))
    return (*found, option("contact", None))


def action_of(action: str, *, frees_itself: bool) -> str:
    """What a creator can do about a hold; where that is nothing, a person has to look unless it ends by itself."""
    return words.AWAIT_REVIEW if action == words.NOTHING and not frees_itself else action


def option(name: str, date: datetime | None) -> Option:
    """One thing a creator can do, with the date it leads to where the words speak of one."""
    deed = words.deed(name)
    has_date = "{date}" in deed.effect
    effect = deed.effect.format(date=_date(date)) if has_date and date else "" if has_date else deed.effect
    return Option(name, deed.label, f"{deed.text} {effect}".strip(), deed.path, date if has_date else None)


def other_way(method_id: UUID, label: str, date: datetime, fee: Money) -> Option:
    """Another destination, with when it would be there."""
    deed = words.deed("other_method")
    return Option(
        "other_method", deed.label, words.TO_OTHER.format(destination=label, date=_date(date)), deed.path, date,
        method_id, fee,
    )  # fmt: skip


def _came_back(facts: Facts) -> str:
    bank, rail = words.BANKS_SAY.get(facts.bank_says, ""), facts.rail_name
    if facts.state is P.RETURNED:
        return words.why(Reason.RETURNED_BY_BANK).said({"bank": bank})
    shape = words.NOT_PAID if bank else words.NOT_PAID_BY_US if facts.bank_says == OURS else words.NOT_PAID_SOMEHOW
    return shape.format(rail=rail, bank=bank)


def _place(state: PayoutState) -> Place:
    if state in WITH_US or state is P.CANCELLED:
        return Place.PLATFORM
    return Place.RAIL if state in (P.SENT, P.UNKNOWN, P.FAILED) else Place.BANK


def _name(place: Place, facts: Facts) -> str:
    if place is Place.BANK:
        return PAID_INTO.get(facts.rail, words.PLACES["bank"])
    return words.PLACES[place].format(rail=facts.rail_name)


def _note(facts: Facts, status: CreatorStatus, arrival: Arrival | None) -> tuple[str, datetime | None]:
    """A short word under the stage it is at, and its moment."""
    if facts.state in ENDINGS:
        return words.NOTES[ENDINGS[facts.state]], facts.ended_at
    if facts.state is P.FAILED:
        return words.NOTES["refused"], facts.ended_at
    if status is CreatorStatus.FROZEN:
        return words.NOTES["hold"], None
    if status is CreatorStatus.UNDER_REVIEW:
        return words.NOTES["review"], None
    if facts.state is P.UNKNOWN:
        return words.NOTES["asking"], None
    if facts.state is P.IN_ESCROW:
        return words.NOTES["waits"], facts.leaves_at
    if facts.state in WITH_US:
        return words.NOTES["leaves"], arrival.sent_by if arrival else None
    return words.NOTES["by"], arrival.arrives_by if arrival else None


def _date(at: datetime) -> str:
    return f"{at:%A, %-d %B}"
