"""The one interface of all rails, spoken to a bank that sends ACH credits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.us import rtn

from foundation.errors import Invalid
from processors.gateways.rails import fields, host, reasons
from processors.gateways.rails.ach.records import MOST_CENTS, Company, Credit, Header, file_text
from processors.gateways.rails.ach.returns import CameBack, came_back
from processors.gateways.rails.reasons import ACH
from processors.gateways.rails.texts import NACHA, name_of
from processors.gateways.rails.types import (
    BatchToWrite,
    Destination,
    RailCapabilities,
    RailFile,
    RailRequest,
    RailResult,
    RailTold,
)
from processors.gateways.rails.values import payee, value
from processors.gateways.types import Merchant

CODES: Final = {"checking": "22", "savings": "32"}
CLASSES: Final = {"person": "PPD", "company": "CCD"}
LONGEST_ACCOUNT, LONGEST_NAME = 17, 22
STATUS, RETURNS = "status", "nacha-return"


class Ach(host.ByFile):
    form = "nacha"
    capabilities = RailCapabilities(
        rail="ach",
        currencies=frozenset({"USD"}),
        least_minor={"USD": 1},
        most_minor={"USD": MOST_CENTS},
        is_file=True,
        asks_status=False,
        returns_within_days=2,
        confirms=True,
        needs=("name", "routing_number", "account_number", "account_type"),
        may=("holder",),
        assumed=(
            "the interface that files reach the bank by (decision 0009)",
            "that the bank reports a file as settled on its day",
            "that the individual id of a returned entry is ours",
        ),
        most_in_a_file=5_000,
    )

    def read_destination(self, details: Mapping[str, str]) -> Destination:
        """A US account: nine digits with their check digit, at most 17 letters and digits, checking or savings."""
        given = fields.read(details, self.capabilities)
        routing, account = fields.compact(given["routing_number"]), fields.compact(given["account_number"])
        try:
            routing = str(rtn.validate(routing))
        except ValidationError:
            raise fields.wrong("routing_number", "No routing number has these digits.") from None
        if not (account.isascii() and account.isalnum() and 3 < len(account) <= LONGEST_ACCOUNT):
            raise fields.wrong("account_number", "4 to 17 letters and digits.")
        kind, holder = given["account_type"].lower(), given.get("holder", "person").lower()
        if kind not in CODES:
            raise fields.wrong("account_type", "Either checking or savings.")
        if holder not in CLASSES:
            raise fields.wrong("holder", "Either person or company.")
        name_of(given["name"], NACHA, LONGEST_NAME)
        kept = {
            "name": given["name"], "routing_number": routing, "account_number": account, "account_type": kind,
            "holder": holder,
        }  # fmt: skip
        return Destination(f"US {kind} {fields.ending(account)}", f"us:{routing}:{account}", "US", kept)

    def build(self, merchant: Merchant, batch: BatchToWrite) -> RailFile:
        """Persons first, then companies, each in the order given."""
        company = Company(
            bank_routing=str(value(merchant, "bank_routing")),
            bank_name=str(value(merchant, "bank_name", "OUR BANK")),
            company_id=str(value(merchant, "company_id")),
            company_name=name_of(str(value(merchant, "company_name")), NACHA, LONGEST_NAME),
        )
        header = Header(batch.day, batch.execute_on or batch.day, batch.number, "PAYOUT")
        classes: dict[str, list[Credit]] = {kind: [] for kind in CLASSES.values()}
        for entry in batch.entries:
            classes[CLASSES[entry.destination.get("holder", "person")]].append(_credit(entry))
        text = file_text(company, header, [(kind, some) for kind, some in classes.items() if some])
        return RailFile(f"{batch.reference}.ach", text.encode("ascii"))

    def reports(self, merchant: Merchant, since: datetime) -> Sequence[RailTold]:
        return [told for report in host.fetch(merchant, since, (STATUS, RETURNS)) for told in _told(report)]


def _credit(entry: RailRequest) -> Credit:
    if entry.amount.currency != "USD":
        raise Invalid("rails.bad_currency", "ACH sends dollars only.")
    return Credit(
        transaction_code=CODES[entry.destination["account_type"]],
        routing=entry.destination["routing_number"],
        account=entry.destination["account_number"],
        cents=entry.amount.minor,
        individual_id=entry.reference,
        name=name_of(payee(entry), NACHA, LONGEST_NAME),
    )


def _told(report: host.Report) -> Iterator[RailTold]:
    try:
        if report.kind == STATUS:
            yield host.told_of_file(report)
        else:
            yield from [_of_entry(report, number, one) for number, one in enumerate(came_back(report.body), 1)]
    except Invalid as wrong:
        yield host.told_unreadable(report, wrong.detail)


def _of_entry(report: host.Report, number: int, back: CameBack) -> RailTold:
    reason = ACH.get(back.code, reasons.OTHER)
    return RailTold(
        key=report.key(number),
        result=RailResult.ACCEPTED if back.is_change else RailResult.RETURNED,
        occurred_at=report.created_at,
        reference=back.reference,
        amount=None if back.is_change else back.amount,
        code=back.code,
        text=back.text,
        disables_destination=reason.disables and not back.is_change,
        corrects=back.corrects,
        raw={"trace": back.original_trace},
    )
