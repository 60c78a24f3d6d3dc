"""What runs before Django: the environment, the embedded servers, and the two commands. Standard library only."""

import sys
from pathlib import Path

from fanzmoney.launcher.environment import Environment
from fanzmoney.launcher.errors import LauncherError

CHECKOUT = Path(__file__).resolve().parents[2]


def main(argv: list[str]) -> int:
    """Enter the environment, then hand the command to whoever knows it."""
    command, arguments = (argv[1], argv[2:]) if len(argv) > 1 else ("help", [])
    try:
        Environment(CHECKOUT).enter(argv, dev=command == "test" or arguments == ["--dev"])
        if command == "environment":
            return 0
        if command == "up":
            from fanzmoney.launcher.up import up

            return up(CHECKOUT, arguments)
        if command == "test":
            from fanzmoney.launcher.test import test

            return test(CHECKOUT, arguments)
        from fanzmoney.launcher.command import run

        return run(CHECKOUT, argv)
    except LauncherError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
