"""A small house with books, people and seals, and one backup of it that many tests take apart."""

import shutil
from unittest.mock import patch

import pytest

from fanzmoney.backups.making import make_backup
from foundation import clock
from foundation.seal.services import seal_once
from tests.cast import HOUSE, OLDEST_HERE, member
from tests.ledger.books import KINDS, as_owner, wallet

_made = {}


@pytest.fixture
def state_dir(settings, tmp_path, monkeypatch):
    """Roots, erasures and backups of each test stand in a folder of its own."""
    settings.STATE_DIR = tmp_path / "state"
    settings.STATE_DIR.mkdir()
    monkeypatch.setenv("FANZ_STATE_DIR", str(settings.STATE_DIR))
    return settings.STATE_DIR


@pytest.fixture
def house(transactional_db, state_dir):
    """Maya and Sam are known, and what happened is sealed."""
    with as_owner() as owner:
        owner.execute(KINDS.encode())
    wallet(80_00)
    people = {"maya": member("maya", name="Maya Lund"), "sam": member("sam", name="Sam Roe")}
    with patch("foundation.seal.services.OLDEST_RUNNING", OLDEST_HERE):
        seal_once()
    return people


@pytest.fixture
def shelf(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def backup(request, transactional_db, state_dir, tmp_path_factory, shelf):
    """A whole backup, made once and copied for each test that spoils it."""
    if not _made:
        request.getfixturevalue("house")
        _made["shelf"] = tmp_path_factory.mktemp("made")
        make_backup(folder=_made["shelf"], keep=3, by=HOUSE, at=clock.now())
    (state_dir / "erasures.jsonl").touch()
    shutil.copytree(_made["shelf"], shelf)
    (folder,) = (entry for entry in shelf.iterdir() if entry.is_dir())
    for file in folder.iterdir():
        file.chmod(0o600)
    return folder
