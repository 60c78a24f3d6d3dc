from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from foundation.errors import NotFound
from foundation.http.api import ApiView, operation
from foundation.http.serializers import Body
from ledger.api.serializers import AccountOut, AsOf, BalanceOut, TrialBalanceOut, WhichAccounts, WhichBalances
from ledger.api.shown import accounts_shown, amounts
from ledger.selectors import accounts_with_balances, get_trial_balance, posted_of
from ledger.types import Time

PARTS = ("kind", "purpose", "source", "currency")


def parts_of(query: Body) -> dict[str, Any]:
    return {part: query.get(part) for part in PARTS}


def time_of(query: Body) -> Time:
    return Time(query.get("time") or Time.EFFECTIVE)


class AccountsView(ApiView):
    @operation("List accounts with their balances", gives=AccountOut, filters=WhichAccounts, paged=True)
    def get(self, request: Request) -> Response:
        page = self.rows(accounts_with_balances(**parts_of(self.query)), order=("id",))
        return page.answer(AccountOut(accounts_shown(page.found, self.actor), many=True).data)


class AccountView(ApiView):
    @operation("Read one account", gives=AccountOut)
    def get(self, request: Request, account_id: int) -> Response:
        found = accounts_shown(accounts_with_balances(pk=account_id), self.actor)
        if not found:
            raise NotFound("ledger.no_account", "There is no such account.")
        return Response(AccountOut(found[0]).data)


class BalancesView(ApiView):
    @operation("List balances, now or at a moment", gives=BalanceOut, filters=WhichBalances, paged=True)
    def get(self, request: Request) -> Response:
        page = self.rows(accounts_with_balances(**parts_of(self.query)), order=("id",))
        at = self.query.as_of
        then = posted_of(page.found, at, time=time_of(self.query)) if at else {}
        rows = [
            {"account_id": str(row.pk), "as_of": at, **amounts(row)}
            | ({"posted": then[row.pk], "held": None, "available": None} if at else {})
            for row in page.found
        ]
        return page.answer(BalanceOut(rows, many=True).data)


class TrialBalanceView(ApiView):
    @operation("The trial balance, now or at a moment", gives=TrialBalanceOut, filters=AsOf)
    def get(self, request: Request) -> Response:
        balance = get_trial_balance(at=self.query.as_of, time=time_of(self.query))
        return Response(TrialBalanceOut(balance).data)
