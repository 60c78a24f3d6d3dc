"""Nothing is brought back over what lives; a restore that was killed says so, and the next one finishes it."""

import os
import subprocess
import sys
from contextlib import ExitStack, closing
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest
from django.apps import apps as django_apps
from django.conf import settings
from django.core.management import CommandError
from django.db.models.signals import pre_migrate

from fanzmoney import together
from fanzmoney.backups import apps, placing, registers, restoring, servers
from fanzmoney.backups.placing import Place
from fanzmoney.backups.restoring import restore
from foundation.errors import Conflict
from foundation.identity import erasures

NAMES = [f"fanz_tests_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}" for name in ("again", "again_keys")]


@pytest.fixture
def place(tmp_path):
    """Two empty databases, as a new machine has them, and a folder to come."""
    house, keys = (database.called(name) for database, name in zip(servers.live(), NAMES, strict=True))
    place = Place(house, keys, tmp_path / "files")
    house.create()
    house.open_to("fanz_app")
    yield place
    for database in (house, keys, *place.drafts):
        database.drop()


def bring_back(backup, place):
    return restore(
        folder=backup.parent, files=place.files, name="", keys_from="", house_name=place.house.name,
        keys_name=place.keys.name, listed_in=erasures.journal(),
    )  # fmt: skip


def url_of(place):
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{place.house.name}").geturl()


def killed_at(point, backup, place):
    line = ["restore", "--from", str(backup.parent), "--files", str(place.files), "--erasures", erasures.journal()]
    line += ["--database", place.house.name, "--keys-database", place.keys.name]
    done = subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *line], env={**os.environ, "CRASH_POINTS": point},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr


def test_a_killed_restore_is_half_nothing_starts_on_it_and_the_next_one_finishes(backup, place, monkeypatch):
    killed_at("restore.before_names", backup, place)
    assert (place.files / "seals").exists()
    assert place.house.is_empty(), "it has its name when everything is there, and not before"
    with psycopg.connect(url_of(place)) as half, monkeypatch.context() as patched:
        patched.setattr(registers, "connection", half)
        (complaint,) = registers.nothing_is_half_restored()
        assert (complaint.is_warning, complaint.remedy[:33]) == (False, "Run `manage.py restore` again, wi")
        patched.setattr(apps, "connections", {"half": half})
        with pytest.raises(CommandError, match=f"{NAMES[0]} is half restored: nothing starts on it. Run `manage.py re"):
            pre_migrate.send(django_apps.get_app_config("identity"), using="half", verbosity=0)
        patched.setattr("fanzmoney.together.settings", SimpleNamespace(DATABASE_URL=url_of(place)))
        with pytest.raises(SystemExit, match="is half restored: nothing starts on it"):
            together._refuse_half_restored()

    elsewhere = Place(place.house.called(f"{NAMES[0]}_2"), place.keys.called(f"{NAMES[1]}_2"), place.files)
    with pytest.raises(Conflict, match="is there already"), elsewhere.held():
        pass
    answer = bring_back(backup, place)
    assert (answer["findings"], answer["restored"]["database"]) == ([], NAMES[0])
    assert not any(database.exists() for database in (*place.drafts, place.house.called(f"{NAMES[0]}_empty")))
    assert [file.name for file in place.files.iterdir()] == ["seals"]
    with psycopg.connect(url_of(place)) as whole:
        monkeypatch.setattr(registers, "connection", whole)
        assert list(registers.nothing_is_half_restored()) == []


def test_a_place_that_is_alive_or_comes_to_life_meanwhile_is_left_as_it_is(backup, place, monkeypatch):
    with ExitStack() as stack:
        with psycopg.connect(url_of(place)), pytest.raises(Conflict, match="is alive: fanz_app work in it"):
            bring_back(backup, place)

        with place.held(), pytest.raises(Conflict, match="is being brought back by another process"):
            bring_back(backup, place)

        def comes_to_life(*_):
            stack.enter_context(closing(psycopg.connect(url_of(place))))

        monkeypatch.setattr(restoring, "_prove", lambda *_: None)
        monkeypatch.setattr(placing, "crash_point", comes_to_life)
        with pytest.raises(Conflict, match="is alive: somebody works in it"):
            bring_back(backup, place)
        assert list(place.files.iterdir()) == []
        assert [place.house.exists(), place.keys.exists(), place.drafts[0].exists()] == [True, False, False]

    def fill(*_):
        with place.house.connected() as other:
            other.execute("CREATE TABLE theirs ()")

    monkeypatch.setattr(restoring, "_prove", fill)
    with pytest.raises(Conflict, match="holds tables"):
        bring_back(backup, place)
    assert list(place.files.iterdir()) == []
    assert not place.house.is_empty()
