"""A list of payouts that a person makes on ePayService's pages and confirms afterwards."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from processors.gateways.decoding import major
from processors.gateways.rails.texts import CELL, latin
from processors.gateways.rails.types import RailFile, RailRequest
from processors.gateways.rails.values import payee

COLUMNS = ("reference", "account_number", "amount", "currency", "name")
LONGEST_NAME = 70


def csv_of(name: str, requests: Iterable[RailRequest]) -> RailFile:
    """The list, in which no cell is a formula for the program that opens it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in requests:
        writer.writerow(
            (
                _cell(one.reference), _cell(one.destination["account_number"]), major(one.amount, one.amount.exponent),
                one.amount.currency, _cell(latin(payee(one), CELL, LONGEST_NAME)),
            )
        )  # fmt: skip
    return RailFile(f"{name}.csv", text.getvalue().encode())


def _cell(text: str) -> str:
    return text.lstrip("=+-@ ")
