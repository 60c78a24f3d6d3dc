"""The five scenarios beside the words of PACK 440: what happens, and what has to have come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from fanzmoney.demo.scenarios import stage
from fanzmoney.demo.scenarios.found import Found, look
from fanzmoney.demo.scenarios.outside import Outside
from fanzmoney.demo.scenarios.stage import Part, Sales
from foundation import clock
from foundation.money import Money
from payouts.integrity.gathering import gather
from payouts.life.models import Payout
from payouts.life.rules.escrow import HOURS_BY_SCORE
from processors.facts.services import fold_facts

Play = Callable[["Scenario", UUID, Outside], None]
Expected = tuple[str, Callable[[Found], bool]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One of the document's scenarios with its creator."""

    name: str
    title: str
    document: str
    part: Part
    sales: Sales
    asks: Money
    expected: tuple[Expected, ...]
    look_at: tuple[tuple[str, str], ...]
    """Pages, and whose login to see each with."""
    trouble: tuple[str, int] = ("", 0)
    """What becomes of so many of the sales at the provider."""
    is_trouble_first: bool = False


def usd(dollars: int) -> Money:
    return Money(dollars * 100, "USD")


def play(scenario: Scenario, outside: Outside) -> Found:
    """Play it, or see how it stands when it was played already."""
    creator_id = stage.enter(scenario.part)
    if not Payout.objects.filter(pk=stage.payout_of(scenario.part)).exists():
        _prepare(scenario, creator_id, outside)
    elif not scenario.is_trouble_first:
        _bring_trouble(scenario, creator_id, outside)
    return look(scenario.part, creator_id)


def differences(scenario: Scenario, found: Found) -> Iterator[str]:
    """What the document says and did not come."""
    yield from (said for said, is_so in scenario.expected if not is_so(found))


def _prepare(scenario: Scenario, creator_id: UUID, outside: Outside) -> None:
    stage.sell(scenario.part, creator_id, scenario.sales)
    stage.settle(creator_id)
    if scenario.is_trouble_first:
        _bring_trouble(scenario, creator_id, outside)
        stage.score(creator_id)
    stage.ask(scenario.part, creator_id, scenario.asks)
    if not scenario.is_trouble_first:
        _bring_trouble(scenario, creator_id, outside)


def _bring_trouble(scenario: Scenario, creator_id: UUID, outside: Outside) -> None:
    what, count = scenario.trouble
    if not count:
        return
    sold = stage.sell(scenario.part, creator_id, scenario.sales)
    if _came(what, creator_id) < count:
        for number in stage.numbers_at_provider(sold)[-count:]:
            outside.act(number, what)
    outside.wait_until(lambda: _came(what, creator_id) >= count, f"{count} times {what} was heard")
    if not scenario.is_trouble_first:
        outside.wait_until(
            lambda: not list(differences(scenario, look(scenario.part, creator_id))), "the payout was looked at"
        )


def _came(what: str, creator_id: UUID) -> int:
    """As far as the house has heard of it; a score that it does not change keeps its older inputs."""
    fold_facts(creator_ids=[creator_id])
    (known,) = gather(clock.now(), [creator_id])
    return known.inputs.disputes if what == "chargeback" else known.inputs.refunded


STARZ, HOLDS, DESK = "/starz/payouts", "/ops/holds", "/compliance/escalations"
SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "high-trust", "A high trust creator", "Score > 800: escrow 12 hours, no freezes.",
        Part("Vera", 500), Sales(80, usd(24), 75, 4, 20), usd(300),
        (
            ("a score above 800", lambda found: found.score > 800),
            ("12 hours", lambda found: found.hours == 12 and not found.is_extended),
            ("no freezes", lambda found: found.state == "IN_ESCROW" and not found.freezes),
        ),
        ((STARZ, "creator"), ("/ops/payouts", "finance")),
    ),
    Scenario(
        "new-creator-large-payout", "A new creator asks for a large payout",
        "Score < 500: escrow 5 days, a review by itself.",
        Part("Nick", 12), Sales(3, usd(600), 9, 5, 3), usd(1_150),
        (
            ("a score below 500", lambda found: found.score < 500),
            ("5 days", lambda found: found.hours == 120),
            ("somebody reviews it", lambda found: "MANUAL_REVIEW" in {way for *_, way in found.freezes}),
        ),
        ((STARZ, "creator"), (HOLDS, "finance")),
    ),
    Scenario(
        "chargeback-spike", "Card disputes arrive in a row",
        "5 or more chargebacks in 7 days: frozen at once, compliance escalation.",
        Part("Cora", 400), Sales(260, usd(24), 70, 4, 20), usd(250),
        (
            ("frozen at once", lambda found: found.state == "FROZEN" and "CHARGEBACK_SPIKE" in found.codes),
            ("compliance escalation", lambda found: ("CHARGEBACK_SPIKE", "COMPLIANCE") in found.escalations),
        ),
        ((STARZ, "creator"), (HOLDS, "finance"), (DESK, "compliance")),
        ("chargeback", 6),
    ),
    Scenario(
        "refund-spike", "More than a third of the sales go back",
        "Refunds above 30 %: escrow longer step by step, a warning to the creator.",
        Part("Rita", 400), Sales(40, usd(24), 70, 4, 20), usd(200),
        (
            ("longer than the score alone", lambda found: found.hours > hours_by_score(found.score)),
            ("a warning", lambda found: found.warning == "many_refunds"),
            ("the payout goes on", lambda found: found.state == "IN_ESCROW"),
        ),
        ((STARZ, "creator"), ("/ops/payouts", "finance"), (HOLDS, "finance")),
        ("refund", 14), is_trouble_first=True,
    ),
    Scenario(
        "young-account-large-payout", "A young account asks for very much",
        "Account < 30 days and payout > 5,000: longer escrow and a manual review.",
        Part("Yuri", 21), Sales(10, usd(900), 20, 4, 4), usd(5_500),
        (
            ("longer escrow", lambda found: found.is_extended or found.hours == 168),
            ("a manual review", lambda found: "MANUAL_REVIEW" in {way for *_, way in found.freezes}),
            ("not before somebody looked", lambda found: found.state == "FROZEN"),
        ),
        ((STARZ, "creator"), (HOLDS, "finance"), (DESK, "compliance")),
    ),
)  # fmt: skip


def hours_by_score(score: int) -> int:
    return next(hours for at_least, hours in HOURS_BY_SCORE if score >= at_least)
