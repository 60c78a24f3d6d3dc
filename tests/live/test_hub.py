"""Each place is told by its own clock."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from dashboards.live import hub
from dashboards.live.hub import Hub, pause_for


def test_many_listeners_are_told_less_often_and_nobody_waits_long():
    assert [pause_for(crowd) for crowd in (1, 5, 10, 100, 2_000)] == [0.05, 0.0625, 0.125, 1.25, 2.0]


def test_a_crowd_at_one_place_keeps_no_other_waiting(monkeypatch):
    said = {name: SimpleNamespace(place=name) for name in ("crowded", "quiet")}
    monkeypatch.setattr(hub, "said_of", lambda news: [said[news]])
    monkeypatch.setattr(hub, "telling", lambda told: len(told))
    told = []

    class Ear:
        def tell(self, place, many):
            told.append((place, many))

    async def story():
        house = Hub()
        house.places |= {"crowded": {Ear()}, "quiet": {Ear()}}
        monkeypatch.setattr(hub, "pause_for", lambda _: 60)
        house.hear(["crowded"])
        await asyncio.sleep(0.01)
        house.hear(["crowded", "quiet", "crowded"])
        await asyncio.sleep(0.01)
        assert set(house.waiting) == {"crowded"}

    with ThreadPoolExecutor(1) as loop:
        loop.submit(asyncio.run, story()).result()
    assert told == [("crowded", 1), ("quiet", 1)]
