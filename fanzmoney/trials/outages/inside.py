"""`python -m fanzmoney.trials.outages.inside '{"name": …, "minutes": …, "trials": …, "seed": …}'`: one battery, in a
process that started its servers before it read its settings; prints what came of it."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from fanzmoney.trials.outages.ground import Ground, ground

CHECKOUT = Path(__file__).resolve().parents[3]


def main() -> int:
    asked = json.loads(sys.argv[1])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ground(CHECKOUT, is_wired=asked["name"] == "outage_wires") as here:
        os.environ.clear()
        os.environ.update(here.environment())
        import django

        django.setup()
        from fanzmoney.trials.outages import attacks, disks, instants, rolling, wires
        from foundation.faults import Run

        ways: dict[str, Callable[[Run, Ground], None]] = {
            "outage_postgres": attacks.kill_postgres,
            "outage_redis": attacks.lose_redis,
            "outage_sessions": attacks.storm_sessions,
            "outage_wires": wires.trouble_wires,
            "outage_doors": rolling.roll,
            "disk_full": disks.fill_disks,
            "point_in_time": instants.go_back,
        }

        run = Run(minutes=asked["minutes"], most_trials=asked["trials"], seed=asked["seed"])
        try:
            ways[asked["name"]](run, here)
        except Exception:  # noqa: BLE001 - what went wrong is told with what was found before it
            run.violated(traceback.format_exc()[-1_500:])
        came = {
            "trials": run.trials, "violations": run.violations, "counted": run.counted, "skipped": run.skipped,
        }  # fmt: skip
        sys.stdout.write(json.dumps(came) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
