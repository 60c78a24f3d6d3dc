"""When to ask a rail again, and what its word means for an instruction."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from payouts.life.states import InstructionState as I
from processors.gateways.rails.types import RailResult as R

# After so long an unsure answer is asked about; then it is a person's.
ASKED_AFTER = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6),
    timedelta(hours=24),
)  # fmt: skip
DAILY = timedelta(hours=24)
SOON = timedelta(minutes=1)
LEASE = timedelta(minutes=2)
"""Who took a payout sends it within this time, or it goes back to the queue."""
ABSENT_AFTER = ASKED_AFTER[-1]
"""A rail may list late what it took: only after so long is it believed that nothing came."""
WATCHED_AFTER = tuple(map(timedelta, (2, 4, 8, 16)))
"""After so many days what was given back because nobody listed it is looked for once more."""
TOLD_BY_PEOPLE = "told_by_people"
"""Beside what a rail said: how much came back as two people told. The rail saying otherwise is then news."""
MOST_TRIES = 3
"""A payout whose file was refused so often is given back."""


def next_asking(sent_at: datetime, asked: int, at: datetime) -> datetime | None:
    """When an unsure answer is asked about next; None when it was often enough and a person has to look."""
    if asked >= len(ASKED_AFTER):
        return None
    return max(sent_at + ASKED_AFTER[asked], at + SOON)


def next_search(sent_at: datetime, asked: int, at: datetime) -> datetime:
    """When to look again for what is not listed yet: as usual, and once more when its absence is believed."""
    return next_asking(sent_at, asked, at) or max(sent_at + ABSENT_AFTER, at + SOON)


def next_look(sent_at: datetime, asked: int, at: datetime) -> datetime:
    """When to ask whether something that was taken has arrived: soon, then daily."""
    return next_asking(sent_at, asked, at) or at + DAILY


def next_watch(sent_at: datetime, at: datetime) -> datetime | None:
    """When to look again for what was believed absent: listed so late, it may have been paid twice."""
    return next((sent_at + days for days in WATCHED_AFTER if sent_at + days > at), None)


class Word(StrEnum):
    """What is to be done about what a rail said."""

    TAKE = "take"
    """It has it; the end comes later."""
    PAY = "pay"
    REFUSE = "refuse"
    """Nothing was paid and nothing will be."""
    COME_BACK = "come_back"
    REQUEUE = "requeue"
    """Certain that nothing left: it may be sent again."""
    DOUBT = "doubt"
    KNOWN = "known"
    """The same again, or less than what is known."""
    ALARM = "alarm"
    """It contradicts what is known; a person looks."""


_OPEN = {
    R.PAID: Word.PAY, R.ACCEPTED: Word.TAKE, R.REFUSED: Word.REFUSE, R.RETURNED: Word.COME_BACK,
    R.NOT_SENT: Word.REQUEUE, R.UNKNOWN: Word.DOUBT,
}  # fmt: skip
WORDS: dict[I, dict[R, Word]] = {
    I.PREPARED: dict.fromkeys(R, Word.ALARM) | {R.NOT_SENT: Word.REQUEUE, R.UNKNOWN: Word.KNOWN},
    I.SENT: _OPEN,
    # An answer was lost: never sent again. "It never came" gives the money back.
    I.TIMED_OUT: _OPEN | {R.NOT_SENT: Word.REFUSE},
    I.ACCEPTED: _OPEN | {R.ACCEPTED: Word.KNOWN, R.UNKNOWN: Word.KNOWN, R.NOT_SENT: Word.ALARM},
    I.DONE: dict.fromkeys(R, Word.KNOWN) | {R.RETURNED: Word.COME_BACK, R.REFUSED: Word.ALARM},
    I.RETURNED: dict.fromkeys(R, Word.KNOWN),
    I.REFUSED: dict.fromkeys(R, Word.KNOWN) | {R.PAID: Word.ALARM, R.ACCEPTED: Word.ALARM},
    I.NOT_SENT: dict.fromkeys(R, Word.KNOWN) | {R.PAID: Word.ALARM, R.ACCEPTED: Word.ALARM},
}


def word(
    state: I, result: R, *, is_asked: bool, age: timedelta, is_in_file: bool = False, is_against_people: bool = False
) -> Word:
    """What follows from this result for an instruction in this state, sent so long ago."""
    if is_asked and result is R.NOT_SENT and state in (I.SENT, I.TIMED_OUT):
        # What was taken may be listed late, and a file of ours may still be handed over again.
        return Word.DOUBT if is_in_file or age < ABSENT_AFTER else Word.REFUSE
    if is_against_people:
        return Word.ALARM
    return WORDS[state][result]
