"""The page of docs/ that says what each provider can do, printed from the adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from foundation.money import Money
from processors.gateways.base import gateways
from processors.gateways.ccbill.codes import DATALINK, DECLINES, ERRORS
from processors.gateways.ccbill.values import USUAL
from processors.gateways.rails.page import rails_part
from processors.gateways.types import CLASS_OF, Capabilities, Code, Operation

INTRO = """# Providers

Printed from the adapters by `manage.py docs_build`. The router asks the same capabilities before it sends a payment
to a provider ([payments.md](payments.md)).

"""
ASSUMED = """
## What nobody could confirm
The adapters rely on these parts of the contracts without a published word for them.
"""
CODES = """
## Why a charge or refund was declined
One vocabulary for all providers; the provider's own code and words are kept beside it.

| code | class | CCBill `declineCode` | CCBill error | DataLink |
|---|---|---|---|---|
"""
ACCOUNT = """
## A CCBill account
`MerchantAccount` with `provider` `ccbill`. Secrets lie in `GATEWAYS_FILE` under its slug, or under `ccbill` where
there is one account: `application_id`, `secret`, `salt`, `datalink_username`, `datalink_password`; a list is the
newest value and older ones that still verify, one as `{"value", "until"}` only before that time. `account` and
`flexform_id` stand there or in its settings, which may also change:

| setting | unless told |
|---|---|
"""
EVENTS = """
`asks_threeds`: `after_refusal` asks whether a proof of the card holder was missing when the issuer refuses with 38,
`before` asks ahead of every charge, `never` does not. `source_ranges` are the addresses webhooks are heard from;
`time_zone` is the clock of webhooks and reports.

Only `NewSale` events carry CCBill's digest and are believed as they come. Of every other one we ask: a charge by the
list of its token, what goes back and subscriptions by DataLink's counts and the hourly report. A charge names no
amount when it is asked for, and is known by our reference, which CCBill passes through.
"""


def providers_page() -> str:
    """Every provider beside the others."""
    able = [gateways[name].capabilities for name in sorted(gateways)]
    return "".join(
        (
            INTRO,
            *_abilities(able),
            ASSUMED,
            *_assumed(able),
            CODES,
            *_codes(),
            ACCOUNT,
            *_settings(),
            EVENTS,
            rails_part(),
        )
    )


def _abilities(able: list[Capabilities]) -> Iterator[str]:
    yield _row("", (f"`{one.provider}`" for one in able))
    yield _row("---", ("---" for _ in able))
    for operation in Operation:
        yield _row(f"`{operation}`", ("yes" if operation in one.operations else "" for one in able))
    facts: dict[str, Callable[[Capabilities], str]] = {
        "methods": lambda one: ", ".join(sorted(one.methods)),
        "currencies": lambda one: " ".join(sorted(one.currencies)),
        "least": lambda one: _amounts(one.least_minor),
        "most": lambda one: _amounts(one.most_minor),
        "webhooks": lambda one: f"`{one.webhook_trust}`",
        "our reference makes it idempotent": lambda one: "yes" if one.is_idempotent else "no",
        "money arrives after days": lambda one: str(one.settles_after_days),
    }
    for name, said in facts.items():
        yield _row(name, map(said, able))


def _amounts(amounts: Mapping[str, int]) -> str:
    return ", ".join(str(Money(amounts[currency], currency)) for currency in sorted(amounts) if amounts[currency])


def _assumed(able: list[Capabilities]) -> Iterator[str]:
    for one in able:
        yield "".join(f"- `{one.provider}`: {said}.\n" for said in one.assumed)


def _codes() -> Iterator[str]:
    for code in Code:
        ours = (_numbers(table, code) for table in (DECLINES, ERRORS, DATALINK))
        yield _row(f"`{code}`", (str(CLASS_OF[code]), *ours))


def _numbers(numbers: Mapping[int, Code], code: Code) -> str:
    return ", ".join(str(number) for number in sorted(numbers) if numbers[number] is code)


def _settings() -> Iterator[str]:
    for name, usual in USUAL.items():
        said = ", ".join(usual) if isinstance(usual, tuple) else usual
        yield _row(f"`{name}`", (f"`{said}`",))


def _row(name: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join((name, *cells))} |\n"
