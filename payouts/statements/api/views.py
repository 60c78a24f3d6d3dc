"""A creator's own statements: the months, the movements, and files that begin at once."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.audit.services import record
from foundation.errors import NotFound
from foundation.http.api import ApiView, operation
from foundation.http.paging import USUAL_ON_A_PAGE, link_to
from foundation.http.tables import download
from foundation.identity.actors import party_of
from ledger.exports import Format
from payouts.statements.api.serializers import (
    CreatorPursesOut,
    CreatorStatementOut,
    StatementDays,
    StatementPageQuery,
    WhichPurse,
)
from payouts.statements.rules.periods import last_months, period
from payouts.statements.selectors import export_period, list_purses, read_lines


class StatementsView(ApiView):
    several_transactions = True

    @operation("List your months, newest first, by currency", gives=CreatorPursesOut, filters=WhichPurse)
    def get(self, request: Request) -> Response:
        until = last_months(clock.now().date(), 1).until
        found = list_purses(party_of(self.actor), until=until, currency=self.query.currency or "")
        return Response(CreatorPursesOut({"data": found}).data)


class LinesView(ApiView):
    several_transactions = True

    @operation("Read the movements of some days, oldest first", gives=CreatorStatementOut, filters=StatementPageQuery)
    def get(self, request: Request) -> Response:
        asked = self.query
        days = period(asked.since, asked.until)
        sums, page = read_lines(
            party_of(self.actor), asked.currency, days, cursor=asked.cursor, limit=asked.limit or USUAL_ON_A_PAGE
        )
        following = link_to(request, page.next) if page.next else None
        body = {
            "currency": asked.currency, "since": days.first, "until": days.last, "opening": sums.opening,
            "credits": sums.credits, "debits": sums.debits, "closing": sums.closing, "movements": sums.movements,
            "data": page.lines, "next": following,
        }  # fmt: skip
        response = Response(CreatorStatementOut(body).data)
        if following:
            response.headers["Link"] = f'<{following}>; rel="next"'
        return response


class FileView(ApiView):
    several_transactions = True

    @operation("Take some days away as csv, jsonl or pdf", filters=StatementDays)
    def get(self, request: Request, form: str) -> StreamingHttpResponse:
        if form not in list(Format):
            raise NotFound("statements.no_format", "Statements come as csv, jsonl or pdf.")
        creator_id, days = party_of(self.actor), period(self.query.since, self.query.until)
        file = export_period(creator_id, self.query.currency, days, form=Format(form))
        taken = {"currency": self.query.currency, "since": days.first, "until": days.last, "form": form}
        record("statement.taken", by=self.actor, subject=("identity.party", str(creator_id)), **taken)
        return download(file.parts, content_type=file.content_type, filename=file.name)
