"""Worked examples: each flow with figures a bookkeeper can check by hand. Tests run them, a page shows them."""

from ledger.worked.creators import EARNING
from ledger.worked.example import Example
from ledger.worked.house import HOUSE
from ledger.worked.payments import PAYMENTS
from ledger.worked.products import PRODUCTS

FAMILIES: dict[str, tuple[Example, ...]] = {**PAYMENTS, **EARNING, **PRODUCTS, **HOUSE}
EXAMPLES: tuple[Example, ...] = tuple(example for family in FAMILIES.values() for example in family)
