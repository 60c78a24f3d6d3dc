"""BitPay: invoices paid in coins, refunds, ledgers, settlements and payouts, and notices nobody signs."""

from collections.abc import Mapping
from typing import Any

from sandbox.bitpay.account import Account
from sandbox.bitpay.api import Api
from sandbox.bitpay.errors import broken, throttled
from sandbox.bitpay.gate import Gate
from sandbox.bitpay.pages import HERE, Pages
from sandbox.bitpay.payouts import Payouts
from sandbox.control import Control, Habit
from sandbox.parts import Part


def part(merchant: Mapping[str, Any], control: Control) -> Part:
    """The merchant's API at `/bitpay/`, the fan's invoice page, and what drives both."""
    pace_seconds = float(merchant.get("pace_seconds", 0))
    account = Account(control, pace_seconds)

    def forget() -> None:
        account.pace_seconds = pace_seconds

    account.desk.settings_forgotten.append(forget)
    account.desk.outbox.habit = Habit(content_with=frozenset({200}))
    account.desk.broken, account.desk.throttled = broken, throttled
    payouts = Payouts(account)
    api = Api(account, payouts, Gate(merchant), str(merchant.get("browser_base", "")).rstrip("/"))
    return Part(
        title="BitPay",
        about="Invoices paid in coins: pay, expire, confirm, refund and settle them.",
        path=HERE,
        routes=[*Pages(account, payouts).routes(), *api.routes()],
        running=account.running,
    )
