"""The browser of the browser tests: Debian's chromium, installed when this can be done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from fanzmoney.launcher.say import progress

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def provide(arguments: list[str]) -> bool:
    """Whether the browser tests of this run, if it has any, find their browser."""
    return not is_wanted(arguments) or bool(find() or _install())


def is_wanted(arguments: list[str]) -> bool:
    """Whether a run with these arguments may reach the browser tests."""
    paths = [part for part in arguments if not part.startswith("-") and Path(part.split("::")[0]).exists()]
    reaches = any("tests".startswith(path.rstrip("/")) or "browser" in path for path in paths) if paths else True
    return reaches and not any("not browser" in part for part in arguments)


def find() -> str | None:
    """The first browser on the PATH."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _install() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    progress("Installing chromium for the browser tests")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", "chromium", "fonts-dejavu-core"]):
        done = subprocess.run(
            ["apt-get", *command], env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode != 0:
            print(done.stdout.decode(errors="replace")[-2000:], file=sys.stderr)
            return None
    return find()
