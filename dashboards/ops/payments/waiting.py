"""What of payments needs somebody, for the front page of those who look after them."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from dashboards.ops.payments.words import payment_url
from dashboards.shell import open_url
from foundation import clock
from foundation.http.components import Ago, Badge, Column, Due, Empty, Kpi, Link, Row, Table
from processors.payments.desk import Waiting, Waits, what_waits

FEW = 4
LOOK = Badge("Look", "delayed", "warn")
WORDS = {
    Waits.UNKNOWN: ("Not known for 5 min", "Ask the provider, or wait: we ask by ourselves"),
    Waits.REFUND_UNKNOWN: ("Refund not known", "Ask the provider what became of it"),
    Waits.UNDECIDED: ("Never answered", "Say what became of it"),
    Waits.REFUND_UNDECIDED: ("Refund never answered", "Say what became of it"),
    Waits.REVIEW: ("In review", "Decide before it ends"),
    Waits.BY_HAND: ("Refund by hand", "Pay it and write down the proof"),
    Waits.DISPUTE: ("Dispute opened", "A bank took it back"),
}
BADGES = {
    Waits.UNKNOWN: Badge("Not known", "delayed", "help"),
    Waits.REFUND_UNKNOWN: Badge("Refund not known", "delayed", "help"),
    Waits.UNDECIDED: Badge("Never answered", "frozen", "help"),
    Waits.REFUND_UNDECIDED: Badge("Refund never answered", "frozen", "help"),
    Waits.REVIEW: Badge("In review", "review", "search"),
    Waits.BY_HAND: Badge("By hand", "delayed", "person"),
    Waits.DISPUTE: Badge("Disputed", "frozen", "warn"),
}


def waiting_tiles(request: HttpRequest) -> tuple[list[Kpi], Table | None]:
    """A figure for each kind that waits, and the oldest of each; nothing for who may not look at payments."""
    if not open_url("ops:payments", request):
        return [], None
    counts, found = what_waits(at=clock.now(), limit=FEW)
    hrefs = {
        Waits.UNKNOWN: f"{reverse('ops:payments')}?state=UNKNOWN", Waits.REVIEW: reverse("ops:payments_review"),
    }  # fmt: skip
    tiles = [
        Kpi(WORDS[why][0], count, icon="money", href=hrefs.get(why, ""), badge=LOOK if count else None)
        for why, count in counts.items()
        if count or why in hrefs
    ]
    return tiles, waiting_table(found) if found else None


def waiting_table(found: Sequence[Waiting]) -> Table:
    rows = [
        Row([
            Link(one.platform, _url(one), WORDS[one.why][1]), BADGES[one.why], one.amount,
            Due(one.due_at) if one.due_at else Ago(one.since),
        ])
        for one in found
    ]  # fmt: skip
    columns = [Column("Payment"), Column("Why", tight=True), Column("Amount", end=True), Column("Since", tight=True)]
    return Table(
        "Payments that need somebody", columns, rows, Empty("No payment needs anybody", icon="check"), keys=True
    )


def _url(one: Waiting) -> str:
    return reverse("ops:refund_settle", args=[one.about]) if one.why is Waits.BY_HAND else payment_url(one.payment_id)
