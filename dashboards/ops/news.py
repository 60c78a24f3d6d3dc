"""How news travels: what waits, which letters are parked, and which parts of the runner are awake."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from foundation import clock
from foundation.http import access
from foundation.http.components import Action, Ago, Badge, Column, Empty, Id, Kpi, Link, Row, Table
from foundation.http.templatetags.fanz import span_words
from foundation.identity.actors import actor_of
from foundation.inbox.selectors import list_parked, stream_health
from foundation.inbox.services import replay_letter
from foundation.inbox.types import LetterFacts, StreamHealth
from foundation.jobs.selectors import heartbeats

ASLEEP_AFTER_SECONDS = 30
ON_TIME, BEHIND = Badge("On time", "normal", "check"), Badge("Behind", "delayed", "pause")
SILENT, AWAKE, ASLEEP = (
    Badge("Silent", "frozen", "stop"),
    Badge("Awake", "normal", "check"),
    Badge("Silent", "frozen", "stop"),
)


def news(request: HttpRequest) -> HttpResponse:
    streams, letters, parts = stream_health(), list_parked(), heartbeats()
    waiting = sum(stream.waiting for stream in streams)
    oldest = max((stream.oldest_waiting_seconds for stream in streams), default=0)
    tiles = [
        Kpi("Parked letters", len(letters), icon="mail", note="wait for a person"),
        Kpi("News not yet sent on", waiting, icon="pulse", note=f"the oldest for {span_words(int(oldest), 2)}"),
    ]
    context = {
        "tiles": tiles,
        "letters": letter_table(letters, with_replay=may_replay(request)),
        "streams": _stream_table(streams),
        "parts": _part_table(parts),
    }
    return render(request, "ops/news.html", context)


def may_replay(request: HttpRequest) -> bool:
    who = access.who_may("ops:replay_letter", "POST")
    return who is not None and who.admits(actor_of(request))


def letter_table(letters: list[LetterFacts], *, with_replay: bool) -> Table:
    rows = [
        Row(
            [
                Link(letter.event_type, "", letter.error),
                letter.group,
                Id(letter.aggregate_id, f"{letter.aggregate_type.rpartition('.')[2]} …{letter.aggregate_id[-6:]}"),
                letter.waiting_behind,
                Ago(letter.parked_at) if letter.parked_at else None,
            ],
            actions=[_again(letter)] if with_replay else [],
        )
        for letter in letters
    ]
    columns = [
        *map(Column, ("News", "Reader", "About")), Column("Waiting behind", end=True), Column("Parked", tight=True),
    ]  # fmt: skip
    empty = Empty("No letter is parked", "What five tries could not deliver waits here for a person.", icon="mail")
    return Table("Parked letters", columns, rows, empty, keys=True)


def _again(letter: LetterFacts) -> Action:
    return Action("Try again", post=reverse("ops:replay_letter", args=[letter.id]), about=letter.event_type)


def _stream_table(streams: list[StreamHealth]) -> Table:
    rows = []
    for stream in streams:
        behind = [group.behind for group in stream.groups]
        state = SILENT if None in behind else BEHIND if stream.waiting or any(behind) else ON_TIME
        late = ", ".join(f"{group.group} {group.behind}" for group in stream.groups if group.behind)
        rows.append(Row([stream.stream, stream.placed, stream.waiting, late or None, state]))
    columns = [
        Column("Stream"), Column("Told so far", end=True), Column("Not sent on", end=True), Column("Readers behind"),
        Column("State", tight=True),
    ]  # fmt: skip
    return Table("Streams", columns, rows, Empty("Nothing was told yet", icon="pulse"))


def _part_table(ages: dict[str, float]) -> Table:
    rows = [
        Row([part, span_words(int(age), 1), AWAKE if age < ASLEEP_AFTER_SECONDS else SILENT])
        for part, age in sorted(ages.items())
    ]
    columns = [Column("Part"), Column("Last turn ended", end=True), Column("State", tight=True)]
    return Table("Work in the background", columns, rows, Empty("Nothing has run yet", icon="clock"), as_cards=False)


def replay(request: HttpRequest, letter_id: int) -> HttpResponse:
    letter = replay_letter(letter_id, by=actor_of(request), at=clock.now())
    messages.success(request, f"{letter.event_type} is tried again now, with everything that waited behind it.")
    return redirect("ops:news")
