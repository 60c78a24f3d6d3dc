"""The part of docs/providers.md on rails, printed from the adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from foundation.money import Money
from processors.gateways.rails.base import rails
from processors.gateways.rails.reasons import ACH, EPAYSERVICE, ISO20022, OURS, PAXUM, SENTENCES, SIGNERS, Reason
from processors.gateways.rails.types import RailCapabilities

INTRO = """
# Rails

How payouts leave the house. Rails told one payout at a time answer at once; rails that take files are told by reports.
What is certain not to have been taken may be sent again under a new reference; what is not certain is asked about and
never repeated.

"""
NEEDS = """
## What a destination has to say
| rail | needs | may say |
|---|---|---|
"""
ASSUMED = """
## What nobody could confirm of rails
"""
REASONS = """
## Why a rail refuses or gives back
The rail's own code is kept; an asterisk: the destination is disabled until it is corrected. Reasons of ours do not fail
a payout that the rail has not taken: it waits.

| reason | | Paxum | ePayService | ACH | ISO 20022 | signers |
|---|---|---|---|---|---|---|
"""
ACCOUNTS = """
## An account with a rail
`MerchantAccount` with the rail as `provider`. Each fact stands in its settings or beside its secrets in
`GATEWAYS_FILE`, under the account's slug or the rail's name.

| rail | secrets | facts |
|---|---|---|
| `paxum` | `secret`, `from_email` | `api_url`; `account_id`; `is_trial`: Paxum answers and moves nothing |
| `epayservice` | `client_id`, `client_secret`, `refresh_token` | `base_url`, `account_id`, \
`redirect_uri`; `pays_by_api`: unless set, a person pays from a list and confirms |
| `ach` | `token` | `base_url`, `bank_routing`, `bank_name`, `company_id`, `company_name` |
| `sepa` | `token` | `base_url`, `debtor_name`, `debtor_iban`, `debtor_bic` |
| `wire` | `token` | `base_url`, `debtor_name`, `debtor_iban` or `debtor_account`, `debtor_bic` |
| `crypto` | `token` | `base_url` of the signers; the nodes are those of the account `onchain` |

Files reach banks and signers by one interface
([decision 0009](decisions/0009-files-for-banks-and-signers.md)). ACH credits are NACHA files of our own, PPD for
persons and CCD for companies; SEPA transfers and wires are pain.001.001.09; coins are a list for the treasury's
signers. Names are written in Latin letters. A payout in coins is paid when our own node shows the transaction with the
address and amount we asked for, under enough confirmations.
"""


def rails_part() -> str:
    """Every rail beside the others."""
    able = [rail.capabilities for rail in rails.values()]
    return "".join((INTRO, *_abilities(able), NEEDS, *_needs(able), ASSUMED, *_assumed(able), REASONS, *_reasons(),
                    ACCOUNTS))  # fmt: skip


def _abilities(able: list[RailCapabilities]) -> Iterator[str]:
    yield _row("", (f"`{one.rail}`" for one in able))
    yield _row("---", ("---" for _ in able))
    facts: dict[str, Callable[[RailCapabilities], str]] = {
        "currencies": lambda one: " ".join(sorted(one.currencies)),
        "least": lambda one: _amounts(one.least_minor),
        "most": lambda one: _amounts(one.most_minor),
        "takes files": lambda one: f"of up to {one.most_in_a_file:,} payouts" if one.is_file else "",
        "one payout can be asked about": lambda one: "yes" if one.asks_status else "",
        "says that money arrived": lambda one: "yes" if one.confirms else "",
        "comes back within banking days": lambda one: str(one.returns_within_days or ""),
    }
    for name, said in facts.items():
        yield _row(name, map(said, able))


def _amounts(amounts: Mapping[str, int]) -> str:
    return ", ".join(str(Money(amounts[currency], currency)) for currency in sorted(amounts))


def _needs(able: list[RailCapabilities]) -> Iterator[str]:
    for one in able:
        yield _row(f"`{one.rail}`", (_names(one.needs), _names(one.may)))


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _assumed(able: list[RailCapabilities]) -> Iterator[str]:
    for one in able:
        yield "".join(f"- `{one.rail}`: {said}.\n" for said in one.assumed)


def _reasons() -> Iterator[str]:
    for why, sentence in SENTENCES.items():
        whose = " (ours)" if why in OURS else ""
        tables = (PAXUM, EPAYSERVICE, ACH, ISO20022, SIGNERS)
        codes = (_codes({code: one for code, one in table.items() if one.why is why}) for table in tables)
        yield _row(f"`{why}`", (f"{sentence}{whose}", *codes))


def _codes(table: Mapping[str, Reason]) -> str:
    return " ".join(f"{code}{'*' if table[code].disables else ''}" for code in sorted(table))


def _row(name: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join((name, *cells))} |\n"
