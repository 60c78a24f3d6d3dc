"""How gunicorn ends (`--config python:fanzmoney.doors`): it says so, still takes who comes, closes, and finishes."""

from __future__ import annotations

import time

from gunicorn.arbiter import Arbiter
from gunicorn.workers.gthread import ThreadWorker

from foundation.http import ending
from foundation.http.ending import SAYING_SECONDS


class Door(ThreadWorker):  # type: ignore[misc]
    """Whoever knocked before the door closed is let in; gunicorn alone would forget them until it ends."""

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if enabled or self.alive or not ending.is_said():
            return
        for listener in self.sockets:
            inside = -1
            while inside != self.nr_conns:
                inside = self.nr_conns
                self.accept(listener)
            listener.close()


worker_class = Door
graceful_timeout = 25 - SAYING_SECONDS


def when_ready(server: Arbiter) -> None:
    close = server.handle_term

    def say_and_close() -> None:
        ending.say()
        time.sleep(SAYING_SECONDS)
        close()

    server.handle_term = say_and_close
