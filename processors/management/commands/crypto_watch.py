from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from foundation.commands import Exit, FanzCommand, positive
from processors.crypto.services import Watcher, watch_once
from processors.crypto.setup import our_setup


class Command(FanzCommand):
    help = "Follow the chains of our own addresses and book what comes; one watcher at a time does the work."

    streams = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Look once, then end.")
        parser.add_argument("--every", type=positive, default=2, metavar="SECONDS", help="Pause between two looks.")

    def run(self, **options: Any) -> None:
        setup = our_setup()
        if setup is None:
            self.stderr.write("No account of ours has nodes to watch.")
            return
        if options["once"]:
            looked = watch_once(setup=setup)
            for one in looked:
                self.emit(asdict(one))
            self.exit_code = Exit.OK if len(looked) == len(setup.nodes()) else Exit.FINDINGS
            return
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        watcher = Watcher(setup)
        while not stopped.wait(options["every"]):
            for one in watcher.look_at_all():
                if one.blocks or one.dropped or one.deposits:
                    self.emit(asdict(one))
