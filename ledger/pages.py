"""docs/accounts.md and docs/ledger.md, printed from the chart and from the examples the tests run."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterator

from foundation.money import Money
from ledger.chart import GRAIN_OF, KINDS, Kind
from ledger.rules.legs import Leg
from ledger.types import AccountKey
from ledger.worked import FAMILIES
from ledger.worked.example import WHO, Example

ACCOUNTS = """# Accounts

Printed from `ledger/chart.py` by `manage.py docs_build`; do not edit. How they are used: [ledger.md](ledger.md).

An account's path is `<kind>:<party>:<platform>:<source>:<purpose>:<currency>`, for example
`creator:0192…:all:-:available:USD`. A person's account names the party, the house's `-`; what is not one platform's
says `all`; a source is the product, processor, rail or jurisdiction. Accounts are opened when they are first used.

`posted` is credits less debits on every account, so the balances of a currency add up to nil at any moment. *Never
below nil* counts what is held. Hot accounts are kept in sixteen slots, so that everybody can post to them at once.

Tokens (`FZT`) and loyalty coins (`FZC`) are currencies of their own. So are the grains below the scale of a coin:
{grains}.

| Account | Normal side | Never below nil | Kept per | What it is | Moved by |
|---|---|---|---|---|---|
"""
FLOWS = """# The books, flow by flow

Printed from the worked examples by `manage.py docs_build`; do not edit. The same examples are run by the tests, as
figures and posted into a database. All accounts: [accounts.md](accounts.md).

## How to read this

A flow is a journal of **legs**. A leg moves one amount out of its debit account into its credit account, so every
journal balances by construction. Each row of the tables is a T-account: what stood on it, its debits, its credits,
and what stands now, with the side it stands on. Amounts without a currency are US dollars.

Money we owe to others (a wallet, a creator's earnings, tax) and our income stand on the **credit** side (Cr); money
others owe to us, money at the bank and our costs stand on the **debit** side (Dr).

Three habits run through all flows:

- **Passing accounts.** A sale goes through `platform:sales` and `creator:earned`; both are nil after every journal.
  Their turnover is what was sold and what was earned.
- **Parts are taken back as they were made.** A refund or lost dispute reverses the legs of its sale. The database
  counts what was taken back of each leg and refuses more than was moved. A dispute takes its part of the payment
  back when it opens, so the same money cannot be refunded as well.
- **Debts come first.** What a creator cannot give back is a debt; sales, settling earnings, released reserves and
  returned payouts fill it before anything becomes available. Frozen money is held, not moved, and is not taken for
  debts; when a freeze or a dispute ends, what became owed meanwhile is filled at once, and whatever else is owed when
  the creator asks for a payout.

Journals are told under an id of the caller. Told twice they are posted once; told differently under the same id
they are refused.
"""


def accounts_page() -> str:
    grains = ", ".join(f"`{grain}` of {coin}" for coin, grain in GRAIN_OF.items())
    return ACCOUNTS.format(grains=grains) + "".join(f"| {' | '.join(_cells(kind))} |\n" for kind in KINDS)


def _cells(kind: Kind) -> tuple[str, ...]:
    platform = {True: ["platform"], None: ["platform or all"], False: []}[kind.is_per_platform]
    kept_per = [*([] if kind.is_house else ["person"]), *platform, *([kind.source] if kind.source else []), "currency"]
    return (
        f"`{kind.name}`", kind.normal_side, "yes" if kind.has_floor else "", ", ".join(kept_per),
        kind.meaning + (" Hot." if kind.slots > 1 else ""), kind.moved_by,
    )  # fmt: skip


def flows_page() -> str:
    parts = [FLOWS]
    told: set[str] = set()
    for family, examples in FAMILIES.items():
        parts.append(f"\n## {family}\n")
        for example in examples:
            about = inspect.getdoc(example.flow) or ""
            parts += _section(example, "" if example.name in told else about)
            told.add(example.name)
    return "".join(parts)


def _section(example: Example, about: str) -> Iterator[str]:
    yield f"\n### {example.title}\n\n`{example.name}`"
    yield f": {about}\n" if about else "\n"
    yield f"\n{example.story}\n"
    for reserve in example.held:
        yield f"\nHeld: {_figure(reserve.amount)} on {_label(reserve.account)}.\n"
    legs = [leg for leg in example.legs if leg.amount]
    if not legs:
        return
    yield "\n"
    for number, leg in enumerate(legs, 1):
        reverses = ", taking back" if leg.reverses else ""
        yield f"{number}. `{leg.kind}` {_figure(leg.amount)}{reverses}: {_label(leg.debit)} → {_label(leg.credit)}\n"
    yield "\n| Account | Before | Debit | Credit | After |\n|---|---:|---:|---:|---:|\n"
    yield from _t_accounts(example, legs)


def _t_accounts(example: Example, legs: list[Leg]) -> Iterator[str]:
    debits: dict[AccountKey, list[str]] = defaultdict(list)
    credits: dict[AccountKey, list[str]] = defaultdict(list)
    for leg in legs:
        debits[leg.debit].append(_figure(leg.amount))
        credits[leg.credit].append(_figure(leg.amount))
    for key, after in example.balances().items():
        if key in debits or key in credits:
            sides = "<br>".join(debits[key]), "<br>".join(credits[key])
            yield f"| {_label(key)} | {_side(key, example.before.get(key, 0))} | {sides[0]} | {sides[1]} "
            yield f"| {_side(key, after) or 'nil'} |\n"


def _label(key: AccountKey) -> str:
    owner = WHO[key.party_id] if key.party_id else ""
    parts = [WHO[key.platform_id]] if key.platform_id else []
    parts += [key.source] if key.source != "-" else []
    purpose = key.purpose.replace("_", " ")
    name = f"{owner}'s {purpose}" if owner else f"{key.kind.replace('_', ' ')} {purpose}"
    if owner and key.kind not in {"creator", "fan"}:
        name = f"{owner}'s {key.kind} {purpose}"
    money = [] if key.currency == "USD" else [key.currency]
    return name + (f" ({', '.join([*parts, *money])})" if parts or money else "")


def _figure(amount: Money) -> str:
    return str(amount).removesuffix(" USD")


def _side(key: AccountKey, minor: int) -> str:
    if not minor:
        return ""
    return f"{_figure(Money(abs(minor), key.currency))} {'Cr' if minor > 0 else 'Dr'}"
