"""A sealer of its own, on one session whose number it prints: `python -m fanzmoney.trials.sealer`."""

import sys
import time

import django


def main() -> int:
    django.setup()
    from django.db import connection

    from foundation.seal.services import EVERY_SECONDS, seal_source

    connection.ensure_connection()
    print(connection.connection.info.backend_pid, flush=True)  # noqa: T201
    while True:
        seal_source("ledger")
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
