"""Files taken from elsewhere are exactly those that were looked at, and stand beside their licences."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELVES = [ROOT / "static/vendor", ROOT / "tests/browser/vendor"]


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: str(shelf.relative_to(ROOT)))
def test_every_vendored_file_has_its_checksum(shelf):
    listed = dict(reversed(line.split()) for line in (shelf / "CHECKSUMS").read_text().splitlines())
    found = {
        str(path.relative_to(shelf)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in shelf.rglob("*")
        if path.is_file() and path.name != "CHECKSUMS"
    }
    assert found == listed


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: str(shelf.relative_to(ROOT)))
def test_every_vendored_script_has_a_licence(shelf):
    licences = {path.name.removesuffix("-LICENSE.txt") for path in shelf.glob("*-LICENSE.txt")}
    for script in shelf.glob("*.js"):
        assert any(script.name.startswith(licence) for licence in licences), script.name
