"""What each creator of the demo is to us: since when, with which papers, paid how and when. The same at every start."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from foundation.identity.models import Party
from payouts.life.models import PayoutSchedule

C, Kind = Party.Check, PayoutSchedule.Kind
MAYA = ("boyfanz", 1)
EVERYWHERE = (
    ("paxum", "USD"), ("ach", "USD"), ("epayservice", "USD"), ("wire", "USD"), ("sepa", "EUR"), ("wire", "GBP"),
    ("crypto", "USDC"),
)  # fmt: skip
DOLLARS, OFTEN = ("paxum", "ach", "epayservice"), (5, 3, 2)
PAPERS = ((0.84, C.PASSED), (0.89, C.PENDING), (0.94, C.NOT_STARTED), (0.97, C.EXPIRED), (1.0, C.FAILED))
TOWNS = ("Austin", "Denver", "Boston", "Miami", "Seattle")
# Details that are valid and belong to nobody.
ROUTING = ("011401533", "021000021", "026009593", "121000248")


@dataclass(frozen=True, slots=True)
class Wish:
    """How one creator is paid."""

    papers: Party.Check
    ways: tuple[tuple[str, str], ...]
    schedule: str
    weekday: int
    threshold_minor: int


def wish_of(slug: str, number: int) -> Wish:
    """The first of a platform earn most and are well known; the others are as creators are."""
    chance = _chance(slug, number)
    drawn = chance.random()
    papers = next(state for upto, state in PAPERS if drawn <= upto)
    ways: list[tuple[str, str]] = [(chance.choices(DOLLARS, OFTEN)[0], "USD")]
    if number <= 3 or chance.random() < 0.5:
        ways.append(("sepa", "EUR"))
    if number <= 2:
        ways += [("wire", "GBP"), ("crypto", "USDC")]
    if (slug, number) == MAYA:
        ways = list(EVERYWHERE)
    kind = chance.choices((Kind.ON_DEMAND, Kind.WEEKLY, Kind.THRESHOLD), (5, 3, 2))[0]
    return Wish(
        C.PASSED if number <= 2 else papers, tuple(ways), str(kind), chance.randrange(7),
        chance.choice((100_00, 250_00, 500_00)),
    )  # fmt: skip


def papers_end(slug: str, number: int, joined: datetime, at: datetime) -> datetime | None:
    """Until when papers hold that were seen the day after somebody came; None where none were."""
    papers, chance = wish_of(slug, number).papers, _chance(slug, number)
    if papers == C.EXPIRED:
        return max(joined + timedelta(days=2), at - timedelta(days=chance.randint(1, 20)))
    return at + timedelta(days=chance.randint(200, 1500)) if papers == C.PASSED else None


def destination(slug: str, number: int, rail: str, name: str, handle: str) -> dict[str, str]:
    """Details this rail can pay to, of this creator alone."""
    chance = random.Random(f"{slug}:{number}:{rail}")  # noqa: S311 - the same at every start
    digits = f"{chance.randrange(10**9, 10**10)}"
    if rail == "paxum":
        return {"email": f"{handle}.{slug}@paxum.example"}
    if rail == "epayservice":
        return {"account_number": f"EC{digits[:7]}"}
    if rail == "ach":
        return {
            "name": name, "routing_number": chance.choice(ROUTING), "account_number": digits,
            "account_type": chance.choice(("checking", "savings")),
        }  # fmt: skip
    if rail == "sepa":
        return {"name": name, "iban": _iban(digits)}
    if rail == "wire":
        return {
            "name": name, "account": digits, "bic": "CHASUS33", "town": chance.choice(TOWNS), "country": "US",
        }  # fmt: skip
    return {"coin": "USDC", "address": "0x" + f"{chance.getrandbits(160):040x}"}


def _iban(digits: str) -> str:
    """A German account with its check digits."""
    country, account = "DE", f"37040044{digits}"
    check = 98 - int(f"{account}{_as_digits(country)}00") % 97
    return f"{country}{check:02d}{account}"


def _as_digits(letters: str) -> str:
    return "".join(str(ord(letter) - 55) for letter in letters)


def _chance(slug: str, number: int) -> random.Random:
    return random.Random(f"{slug}:{number}:payouts")  # noqa: S311 - the same at every start
