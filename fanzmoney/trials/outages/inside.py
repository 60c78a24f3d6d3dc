"""`python -m fanzmoney.trials.outages.inside '{"name": …, "minutes": …, "trials": …, "seed": …}'`: one battery, in a
process that started its servers before it read its settings; prints what came of it."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from pathlib import Path

from fanzmoney.trials.outages.ground import ground

CHECKOUT = Path(__file__).resolve().parents[3]


def main() -> int:
    asked = json.loads(sys.argv[1])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(asked["folder"]) if asked.get("folder") else None
    with ground(CHECKOUT, folder) as here:
        os.environ.clear()
        os.environ.update(here.environment())
        import django

        django.setup()
        from fanzmoney.trials.outages.attacks import ATTACKS
        from foundation.faults import Run

        run = Run(minutes=asked["minutes"], most_trials=asked["trials"], seed=asked["seed"])
        try:
            ATTACKS[asked["name"]](run, here)
        except Exception:  # noqa: BLE001 - what went wrong is told with what was found before it
            run.violated(traceback.format_exc()[-1_500:])
        sys.stdout.write(json.dumps({"trials": run.trials, "violations": run.violations}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
