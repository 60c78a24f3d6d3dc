"""The list of payouts, and asking for one: what is there, what arrives and when, one button."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboards.starz.payouts.asking import AskForm, first_choice
from dashboards.starz.payouts.words import badge_of, badge_of_payout, there_by
from foundation import clock
from foundation.errors import Invalid, Refusal
from foundation.http.amounts import amount_text
from foundation.http.components import Action, Column, Empty, Kpi, Link, Row, Table
from foundation.http.tables import streamed
from foundation.identity.actors import actor_of, party_of
from foundation.ids import uuid7
from payouts.life.services import request_payout
from payouts.transparency.purse import Purse, purses_of
from payouts.transparency.selectors import get_status, kept_promises, payouts_of, preview, shown
from payouts.transparency.types import PayoutForCreator
from payouts.words import span

PAGE = 25
VIEWS = {"": ("All", None), "running": ("On their way", True), "over": ("Over", False)}
COLUMNS = (
    "id", "asked_at", "amount", "fee", "receives", "currency", "rail", "destination", "status", "stands", "there_by",
    "sent_at", "arrived_at", "ended_at",
)  # fmt: skip


def me(request: HttpRequest) -> UUID:
    return party_of(actor_of(request))


def payouts(request: HttpRequest) -> HttpResponse:
    creator_id, at = me(request), clock.now()
    purses = purses_of(creator_id)
    form, refused = _form(request, creator_id), ""
    if request.method == "POST":
        if form is not None and form.is_valid():
            try:
                return _ask(request, creator_id, form)
            except Refusal as refusal:
                form.add_error(None, refusal.detail)
        elif form is None:
            raise Invalid("request.invalid", "There is nothing to pay out.")
    offer = None
    if form is not None and form.wanted is not None:
        try:
            offer = preview(creator_id, form.wanted, form.wanted_method, at=at)
        except Refusal as refusal:
            refused = refusal.detail
    view = request.GET.get("view", "")
    if view not in VIEWS:
        raise Invalid("request.invalid", "There is no such list.")
    rows = payouts_of(creator_id, is_running=VIEWS[view][1])
    before = _id(request.GET.get("before"))
    found = list((rows.filter(pk__lt=before) if before else rows)[: PAGE + 1])
    lines = shown(creator_id, found[:PAGE], at=at)
    older = "?" + urlencode({"view": view, "before": str(found[PAGE - 1].pk)}) if len(found) > PAGE else ""
    status = get_status(creator_id, at=at)
    purse = form.choice.purse if form else _main(purses)
    context = {
        "form": form, "has_method": form is not None and form.has_methods, "offer": offer, "refused": refused,
        "offer_text": amount_text(offer.amount, page_currency=offer.amount.currency) if offer else "",
        "offer_waits": span(offer.waits_hours) if offer else "",
        "tiles": _tiles(purse) if purse else [], "purses": _purse_table(purses),
        "page_currency": purse.currency if purse else "USD",
        "promises": kept_promises(creator_id), "status": status, "badge": badge_of(status.status),
        "views": [(key, word, key == view) for key, (word, _) in VIEWS.items()],
        "table": _table(lines, older, is_chosen=bool(view), has_money=any(one.available for one in purses)),
    }  # fmt: skip
    return render(request, "starz/payouts.html", context, status=422 if request.method == "POST" else 200)


def export(request: HttpRequest) -> StreamingHttpResponse:
    """All of one's payouts as CSV, at once."""
    creator_id, at = me(request), clock.now()
    return streamed(f"payouts-{at:%Y%m%d}", COLUMNS, _lines(creator_id), "csv")


def _ask(request: HttpRequest, creator_id: UUID, form: AskForm) -> HttpResponse:
    said = form.cleaned_data
    made = request_payout(
        creator_id=creator_id, amount=said["amount"], method_id=said["method"], by=actor_of(request), at=clock.now(),
        payout_id=said["number"],
    )  # fmt: skip
    messages.success(request, f"Asked for. {made.amount} is on its way to {made.method.label}.")
    return redirect("starz:payout", payout_id=made.pk)


def _form(request: HttpRequest, creator_id: UUID) -> AskForm | None:
    """What is asked for: as posted, as changed for another look, or all that is there."""
    choice = first_choice(creator_id, request.GET.get("currency", ""))
    if choice is None:
        return None
    if request.method == "POST":
        return AskForm(request.POST, choice=choice)
    if "amount" in request.GET:
        return AskForm({**request.GET.dict(), "number": str(uuid7())}, choice=choice)
    return AskForm(None, choice=choice, initial={"number": uuid7()})


def _table(lines: list[PayoutForCreator], older: str, *, is_chosen: bool, has_money: bool) -> Table:
    rows = [
        Row([
            Link(f"To {one.destination}", reverse("starz:payout", args=[one.id]), one.reason),
            one.amount,
            badge_of_payout(one),
            one.paid_at or one.ended_at or there_by(one.arrival),
        ])
        for one in lines
    ]  # fmt: skip
    columns = [
        Column("Payout"), Column("Amount", end=True), Column("Status", tight=True),
        Column("There by", tight=True),
    ]  # fmt: skip
    return Table("Payouts", columns, rows, _empty(is_chosen, has_money), next_url=older, keys=True)


def _empty(is_chosen: bool, has_money: bool) -> Empty:
    if is_chosen:
        show = Action("Show all payouts", href=reverse("starz:payouts"))
        return Empty("None of your payouts is here", "They are in another of these lists.", action=show)
    if has_money:
        return Empty("No payout yet", "Say above how much you want, and where. It is all ready.", icon="money")
    plan = Action("See what comes when", href=reverse("starz:calendar"))
    return Empty(
        "No payout yet", "Sales become available some days after they are made; then you ask for them here.", "money",
        plan,
    )  # fmt: skip


def _tiles(purse: Purse) -> list[Kpi]:
    owed = f"you owe {amount_text(purse.owed)}, new sales fill it first" if purse.owed else "you can ask for it now"
    return [
        Kpi("Available", purse.available, icon="money", note=owed),
        Kpi("On its way", purse.waiting + purse.sent, icon="arrow-right", note="asked for, not arrived"),
        Kpi("Pending", purse.pending, icon="clock", href=reverse("starz:calendar"), note="when it is available"),
        Kpi("On hold", purse.held, icon="pause", href=reverse("starz:standing"), note="see why")
        if purse.held else Kpi("Kept back", purse.reserve, icon="lock", note="against refunds, for some months"),
    ]  # fmt: skip


def _main(purses: list[Purse]) -> Purse | None:
    """The currency shown first while nothing is available: the house's own, if there is any of it."""
    return next((one for one in purses if one.currency == "USD"), purses[0] if purses else None)


def _purse_table(purses: list[Purse]) -> Table | None:
    """All currencies side by side, for those who have more than one."""
    if len(purses) < 2:
        return None
    columns = [
        Column("Currency"), Column("Available", end=True), Column("Pending", end=True),
        Column("On its way", end=True), Column("On hold", end=True), Column("Kept back", end=True),
        Column("Not counted yet", end=True),
    ]  # fmt: skip
    ask = reverse("starz:payouts")
    rows = [
        Row([
            Link(one.currency, f"{ask}?currency={one.currency}" if one.available else ""), one.available, one.pending,
            one.waiting + one.sent, one.held, one.reserve, one.uncounted,
        ])
        for one in purses
    ]  # fmt: skip
    return Table("What you have", columns, rows)


def _lines(creator_id: UUID) -> Iterator[dict[str, Any]]:
    last: UUID | None = None
    while True:
        rows = payouts_of(creator_id)
        found = list((rows.filter(pk__lt=last) if last else rows)[:500])
        for one in shown(creator_id, found, at=clock.now()):
            yield {
                "id": str(one.id), "asked_at": one.requested_at, "amount": one.amount, "fee": one.fee,
                "receives": one.receives, "currency": one.amount.currency, "rail": one.rail,
                "destination": one.destination, "status": str(one.status), "stands": one.word,
                "there_by": one.arrival.arrives_by if one.arrival else None, "sent_at": one.sent_at,
                "arrived_at": one.paid_at, "ended_at": one.ended_at,
            }  # fmt: skip
        if len(found) < 500:
            return
        last = found[-1].pk


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid("request.invalid", "That is no page of this list.") from None
