"""Where this checkout's house was last started, so that other commands find it."""

import json
import os
from pathlib import Path

from fanzmoney.launcher.state import write_private

NAME = ".fanz-pointer.json"


def write(checkout: Path, *, state_folder: Path, port: int) -> None:
    """Point to a state directory; what is secret stays there."""
    facts = {"state_dir": str(state_folder), "port": port, "pid": os.getpid(), "url": f"http://localhost:{port}"}
    write_private(checkout / NAME, json.dumps(facts, indent=2).encode())


def read(checkout: Path) -> dict[str, object]:
    """The last pointer, or nothing."""
    try:
        return dict(json.loads((checkout / NAME).read_text()))
    except (OSError, ValueError):
        return {}


def state_folder(checkout: Path) -> Path:
    """The state directory a command uses: named by the environment, else the last one, else `.fanz`."""
    named = os.environ.get("FANZ_STATE_DIR") or read(checkout).get("state_dir")
    return Path(str(named)) if named else checkout / ".fanz"
