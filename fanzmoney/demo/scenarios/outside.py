"""The world around a scenario: the played card provider that takes money back, and the house that hears of it."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from foundation.errors import Conflict, Unavailable

PATIENCE_SECONDS, PAUSE_SECONDS = 180.0, 0.5
DONE_ALREADY = "cannot be done with that sale"


class Outside(Protocol):
    def act(self, sale: str, what: str) -> None:
        """Let the card's bank or CCBill do something to a sale; done already, nothing."""
        ...

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Until the house has heard and acted. Unavailable when it does not."""
        ...


class Sandbox:
    """The sandbox beside a running `up`, whose webhooks the house hears by itself."""

    def act(self, sale: str, what: str) -> None:
        self._order("/_sandbox/ccbill/sales", {"transaction": sale, "do": what})

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > ends:
                raise Unavailable("demo.not_heard", f"Waited in vain until {what}.")
            time.sleep(PAUSE_SECONDS)

    @staticmethod
    def _order(path: str, said: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            settings.SANDBOX_URL + path, json.dumps(said).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return
        except urllib.error.HTTPError as refused:
            with refused:
                said_back = refused.read().decode()[:300]
            if DONE_ALREADY not in said_back:
                raise Conflict("demo.sandbox_refused", said_back) from None
        except OSError as lost:
            raise Unavailable("demo.no_sandbox", f"The sandbox does not answer: {lost}") from None


def refuse_without_house() -> None:
    """Scenarios are played where the demo runs."""
    if not settings.IS_DEMO or not settings.SANDBOX_URL:
        raise Conflict("demo.not_running", "Start the demo with `python3 manage.py up` and try again.")
    connection.ensure_connection()
