from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.errors import Invalid, NotFound
from foundation.http.api import ApiView, operation
from foundation.http.paging import USUAL_ON_A_PAGE, link_to
from foundation.http.serializers import Body
from foundation.http.tables import download
from foundation.identity.tenancy import transaction_for
from ledger.api.accounts import time_of
from ledger.api.serializers import (
    JournalOut,
    Period,
    StatementOut,
    StatementQuery,
    TransferOut,
    TransfersOut,
    WhichTransfers,
)
from ledger.api.shown import transfers_shown
from ledger.exports import CONTENT_TYPES, Format, export_statement, filename
from ledger.selectors import (
    get_account,
    get_statement,
    get_transfer,
    list_journal,
    list_newest,
    list_statement,
    list_transfers,
    one_moment,
)


def next_url(request: Request, cursor: str | None) -> str | None:
    return link_to(request, cursor) if cursor else None


def answered(out: serializers.BaseSerializer[Any]) -> Response:
    response = Response(out.data)
    if following := response.data["next"]:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


class StatementView(ApiView):
    several_transactions = True

    @operation("Read an account's statement", gives=StatementOut, filters=StatementQuery)
    def get(self, request: Request, account_id: int) -> Response:
        query: Body = self.query
        asked = (account_id, query.since, query.until)
        with one_moment(), transaction_for(self.actor):
            statement = get_statement(*asked, time=time_of(query))
            page = list_statement(
                *asked, time=time_of(query), cursor=query.cursor, limit=query.limit or USUAL_ON_A_PAGE
            )
        body = {
            "account_id": str(account_id), "since": query.since, "until": query.until, "opening": statement.opening,
            "credits": statement.credits, "debits": statement.debits, "closing": statement.closing,
            "movements": statement.movements, "data": page.lines, "next": next_url(request, page.next),
        }  # fmt: skip
        return answered(StatementOut(body))


class StatementFileView(ApiView):
    several_transactions = True

    @operation("Take an account's statement away as csv, jsonl or pdf", filters=Period)
    def get(self, request: Request, account_id: int, form: str) -> StreamingHttpResponse:
        if form not in list(Format):
            raise NotFound("ledger.no_format", "Statements come as csv, jsonl or pdf.")
        query, kind = self.query, Format(form)

        @contextmanager
        def within() -> Iterator[None]:
            with one_moment(), transaction_for(self.actor):
                yield

        parts = export_statement(
            account_id, query.since, query.until, form=kind, time=time_of(query), within=within,
            shows_paths=not self.actor.platform_id,
        )  # fmt: skip
        name = filename(f"statement-{account_id}", query.since, query.until, kind)
        return download(parts, content_type=CONTENT_TYPES[kind], filename=name)


class TransfersView(ApiView):
    @operation("List movements, newest first", gives=TransfersOut, filters=WhichTransfers)
    def get(self, request: Request) -> Response:
        account_id, cursor = self.query.get("account_id"), self.query.cursor
        limit = self.query.limit or USUAL_ON_A_PAGE
        if account_id is not None:
            get_account(account_id)
            rows, following = list_transfers(account_id, cursor=cursor, limit=limit)
        elif self.actor.platform_id:
            raise Invalid("ledger.account_needed", "A program names the account whose movements it wants.")
        else:
            rows, following = list_newest(cursor=cursor, limit=limit)
        body = {"data": transfers_shown(rows, self.actor), "next": next_url(request, following)}
        return answered(TransfersOut(body))


class TransferView(ApiView):
    @operation("Read one movement", gives=TransferOut)
    def get(self, request: Request, transfer_id: UUID) -> Response:
        return Response(TransferOut(transfers_shown([get_transfer(transfer_id)], self.actor)[0]).data)


class JournalView(ApiView):
    @operation("Read a journal's movements in their order", gives=JournalOut)
    def get(self, request: Request, journal_id: UUID) -> Response:
        legs = list_journal(journal_id)
        if not legs:
            raise NotFound("ledger.no_journal", "There is no such journal.")
        return Response(JournalOut({"id": journal_id, "legs": transfers_shown(legs, self.actor)}).data)
