"""The demo's sanctions list: invented people, so that no real name stands in a demo."""

from pathlib import Path

from compliance.sanctions.services import import_list
from foundation import clock
from foundation.actors import system

FILE = Path(__file__).with_name("sanctions.csv")
SEED = system("demo")


def seed_sanctions() -> None:
    """Put the invented list in force; running it again changes nothing."""
    import_list(name="synthetic", content=FILE.read_bytes(), by=SEED, at=clock.now())
