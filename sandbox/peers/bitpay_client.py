"""BitPay's own Python client at work; runs inside the environment that holds it and imports nothing else."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bitpay.client import Client
from bitpay.clients.bitpay_client import BitPayClient
from bitpay.exceptions.bitpay_api_exception import BitPayApiException
from bitpay.models.facade import Facade
from bitpay.models.invoice.buyer import Buyer
from bitpay.models.invoice.invoice import Invoice
from bitpay.models.payout.payout import Payout
from bitpay.models.payout.payout_recipient import PayoutRecipient
from bitpay.models.payout.payout_recipients import PayoutRecipients
from bitpay.utils.key_utils import generate_pem, get_compressed_public_key_from_pem
from bitpay.utils.token_container import TokenContainer

TOKEN, POS_TOKEN = "peer-token", "peer-pos-token"


def make_key(folder: Path) -> None:
    pem = generate_pem()
    (folder / "key.pem").write_text(pem)
    public_key = get_compressed_public_key_from_pem(pem)
    sys.stdout.write(json.dumps({"token": TOKEN, "pos_token": POS_TOKEN, "public_key": public_key}))


class Peer:
    """Calls everything once and keeps what came out."""

    def __init__(self, folder: Path, base: str) -> None:
        self.base, self.failures = base, 0
        tokens = TokenContainer()
        tokens.add_merchant(TOKEN)
        tokens.add_payout(TOKEN)
        tokens.add_pos(POS_TOKEN)
        self.client = Client(BitPayClient(f"{base}/bitpay/", (folder / "key.pem").read_text()), tokens)
        other = BitPayClient(f"{base}/bitpay/", generate_pem())
        self.stranger = Client(other, tokens)
        self.today, self.tomorrow = (str(date.today() + timedelta(days=days)) for days in (-1, 1))

    def expect(self, what: str, ask: Callable[[], Any], wanted: Any) -> None:
        """Hold what the client understood against what must be."""
        try:
            found = ask()
        except BitPayApiException as refusal:
            found = refusal.get_code() or str(refusal)
        is_right = found == wanted
        self.failures += not is_right
        sys.stdout.write(f"{'ok  ' if is_right else 'FAIL'} {what}: {found}{'' if is_right else f', not {wanted}'}\n")

    def order(self, path: str, **said: Any) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            f"{self.base}/_sandbox/bitpay/{path}", json.dumps(said).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return dict(json.load(answer))

    def new_invoice(self, price: float, **more: Any) -> Invoice:
        invoice = Invoice(price=price, currency="USD", order_id="peer-1", **more)
        invoice.buyer = Buyer(name="Sam", email="sam@people.example")
        return self.client.create_invoice(invoice)

    def run(self) -> int:
        for part in (self.invoices, self.endings, self.refunds, self.reports, self.payouts, self.others):
            part()
        sys.stdout.write(f"{self.failures or 'no'} failures\n")
        return int(bool(self.failures))

    def invoices(self) -> None:
        client, made = self.client, self.new_invoice(10.5, guid="peer-guid-1", transaction_speed="medium")
        self.expect("create_invoice", lambda: (made.status, made.price, made.guid), ("new", 10.5, "peer-guid-1"))
        self.expect("price in USDC", lambda: int((made.payment_totals or {})["USDC"]), 10_500_000)
        again = self.new_invoice(10.5, guid="peer-guid-1")
        self.expect("create_invoice again with its guid", lambda: again.id, made.id)
        self.expect("get_invoice", lambda: client.get_invoice(made.id).id, made.id)
        self.expect("get_invoice_by_guid", lambda: client.get_invoice_by_guid("peer-guid-1").id, made.id)
        self.expect(
            "get_invoices", lambda: [one.id for one in client.get_invoices(self.today, self.tomorrow, "new")], [made.id]
        )
        self.expect(
            "get_invoice_event_token",
            lambda: client.get_invoice_event_token(made.id).events,
            ["payment", "confirmation"],
        )
        self.expect(
            "request_invoice_notifications", lambda: client.request_invoice_notifications(made.id, made.token), True
        )
        self.expect("get_invoice of nobody", lambda: client.get_invoice("nothing"), "020101")
        self.expect("get_invoice by a stranger", lambda: self.stranger.get_invoice(made.id), "Unauthorized sin")
        by_pos = client.create_invoice(Invoice(price=2.0, currency="EUR"), Facade.POS, False)
        self.expect("create_invoice unsigned at a till", lambda: (by_pos.status, by_pos.currency), ("new", "EUR"))
        self.expect("cancel_invoice", lambda: client.cancel_invoice(by_pos.id, True).is_cancelled, True)

    def endings(self) -> None:
        for how, status, exception in (
            ("exact", "paid", False),
            ("over", "paid", "paidOver"),
            ("partial", "new", "paidPartial"),
            ("late", "expired", "paidLate"),
        ):
            self.ending(how, (status, exception, 1))

    def ending(self, how: str, wanted: tuple[str, str | bool, int]) -> None:
        made = self.new_invoice(20.0)
        self.order("invoices", invoice=made.id, do="pay", coin="ETH", how=how)
        seen = self.client.get_invoice(made.id)
        found = (seen.status, seen.exception_status, len(seen.transactions or []))
        self.expect(f"an invoice paid {how}", lambda: found, wanted)

    def refunds(self) -> None:
        client, invoice = self.client, self.new_invoice(30.0)
        self.expect("create_refund before money", lambda: client.create_refund(invoice.id, 5.0), "010207")
        self.expect("pay_invoice", lambda: client.pay_invoice(invoice.id, "complete").status, "complete")
        preview = client.create_refund(invoice.id, 12.0, preview=True, guid="peer-refund-1")
        self.expect("create_refund as a preview", lambda: (preview.status, preview.amount), ("preview", 12.0))
        self.expect("update_refund", lambda: client.update_refund(preview.id, "created").status, "created")
        self.expect("create_refund beside it", lambda: client.create_refund(invoice.id, 1.0), "010204")
        self.expect("get_refund_by_guid", lambda: client.get_refund_by_guid("peer-refund-1").id, preview.id)
        for status in ("pending", "success"):
            self.order("refunds", refund=preview.id, do=status)
        self.expect("get_refund", lambda: client.get_refund(preview.id).status, "success")
        self.expect("create_refund of too much", lambda: client.create_refund(invoice.id, 18.01), "010202")
        rest = client.create_refund(invoice.id, 18.0, immediate=True, buyer_pays_refund_fee=True)
        self.expect("cancel_refund", lambda: client.cancel_refund(rest.id).status, "cancelled")
        self.expect("get_refunds", lambda: [one.amount for one in client.get_refunds(invoice.id)], [12.0, 18.0])
        self.expect("request_refund_notification", lambda: client.request_refund_notification(rest.id, TOKEN), True)

    def reports(self) -> None:
        client = self.client
        self.expect("get_ledgers", lambda: [one.currency for one in client.get_ledgers()], ["USD"])
        entries = client.get_ledger_entries("USD", self.today, self.tomorrow)
        self.expect("get_ledger_entries", lambda: {one.code for one in entries}, {1000, 1023, 1020, 1039})
        self.order("settlements", currency="USD", withhold="2.50")
        (settlement,) = client.get_settlements("USD", self.today, self.tomorrow)
        report = client.get_settlement_reconciliation_report(settlement.id, settlement.token)
        lines = round(sum(line.amount for line in report.ledger_entries), 2)
        self.expect(
            "get_settlement", lambda: client.get_settlement(settlement.id).total_amount, settlement.total_amount
        )
        self.expect("its lines add up", lambda: lines, report.ledger_entries_sum)
        total = round(report.opening_balance + report.ledger_entries_sum - report.withholdings_sum, 2)
        self.expect("its balances add up", lambda: total, report.total_amount)

    def payouts(self) -> None:
        client = self.client
        person = PayoutRecipient(email="maya@people.example", label="Maya")
        (invited,) = client.submit_payout_recipients(PayoutRecipients(recipients=[person]))
        self.expect("submit_payout_recipients", lambda: invited.status, "invited")
        self.expect("get_payout_recipient", lambda: client.get_payout_recipient(invited.id).email, person.email)
        order = Payout(amount=10.0, currency="USD", ledger_currency="USD", recipient_id=invited.id, reference="p-1")
        payout = client.submit_payout(order)
        self.expect("submit_payout", lambda: (payout.status, payout.amount), ("new", 10.0))
        self.expect("get_payouts", lambda: [one.id for one in client.get_payouts(reference="p-1")], [payout.id])
        self.expect("cancel_payout", lambda: client.cancel_payout(payout.id), True)
        nobody = Payout(amount=10.0, currency="USD", ledger_currency="USD")
        group = client.create_payout_group([order, nobody])
        self.expect("create_payout_group", lambda: (len(group.payouts), len(group.failed)), (1, 1))
        gone = client.cancel_payout_group(group.payouts[0].group_id)
        self.expect("cancel_payout_group", lambda: [one.status for one in gone.payouts], ["cancelled"])
        self.expect("remove_recipient", lambda: client.delete_payout_recipient(invited.id), True)

    def others(self) -> None:
        client = self.client
        self.expect("get_rates", lambda: client.get_rates().get_rate("USD"), 64250.5)
        self.expect("get_currency_pair_rate", lambda: client.get_currency_pair_rate("ETH", "USD").rate, 3120.75)
        self.expect("get_currencies", lambda: client.get_currencies()["BTC"].precision, 8)
        self.expect("get_supported_wallets", client.get_supported_wallets, [])
        began = time.monotonic()
        client.get_rates()
        self.expect("an answer comes within a second", lambda: time.monotonic() - began < 1, True)


if __name__ == "__main__":
    if sys.argv[1] == "key":
        make_key(Path(sys.argv[2]))
    else:
        sys.exit(Peer(Path(sys.argv[2]), sys.argv[3]).run())
