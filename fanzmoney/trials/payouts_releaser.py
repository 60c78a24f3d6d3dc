"""One worker that releases what is due: `python -m fanzmoney.trials.payouts_releaser`; prints how many."""

import sys

import django


def main() -> int:
    django.setup()
    from foundation.actors import system
    from payouts.life.services import release_due

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{release_due(by=system('bench')).released}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
