from dataclasses import dataclass

from foundation.events import Event


@dataclass(frozen=True)
class LetterParked(Event, type="letter.parked"):
    told_when = "a group failed five times at a piece of news, and later news of that aggregate wait for a person"

    letter_id: int
    group: str
    news_id: int
    news_type: str
    error: str


@dataclass(frozen=True)
class LetterSettled(Event, type="letter.settled"):
    told_when = "a letter that had been parked was applied after all, with what waited behind it"

    letter_id: int
    group: str
    news_id: int
    news_type: str
