"""The environment is built when it must be, and only then."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fanzmoney.launcher import CHECKOUT, environment
from fanzmoney.launcher.environment import DEV_LOCK, RUN_LOCK, Environment, count_packages
from fanzmoney.launcher.errors import LauncherError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / RUN_LOCK).write_text("one==1 \\\n    --hash=sha256:00\n")
    (tmp_path / DEV_LOCK).write_text("one==1 \\\n    --hash=sha256:00\ntwo==2 \\\n    --hash=sha256:00\n")
    return tmp_path


@pytest.fixture
def installs(monkeypatch) -> list[str]:
    """Lets nothing be installed, and remembers which lock would have been."""
    seen: list[str] = []

    def install(self: Environment, lock: Path) -> None:
        if not self.folder.exists():
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.folder], check=True)
        seen.append(lock.name)

    monkeypatch.setattr(environment.shutil, "which", lambda _: None)
    monkeypatch.setattr(Environment, "_install_with_pip", install)
    return seen


def test_a_built_environment_is_fresh_until_its_lock_changes(checkout, installs):
    house = Environment(checkout)
    assert not house.is_fresh()

    house.build()
    assert house.is_fresh()
    house.build()
    assert installs == [RUN_LOCK]

    (checkout / RUN_LOCK).write_text("one==2\n")
    assert not house.is_fresh()


def test_tests_ask_for_the_dev_lock_and_up_is_content_with_it(checkout, installs):
    house = Environment(checkout)
    house.build()
    assert not house.is_fresh(dev=True)

    house.build(dev=True)
    assert house.is_fresh(dev=True)
    assert house.is_fresh()
    assert installs == [RUN_LOCK, DEV_LOCK]


def test_a_stamp_of_another_interpreter_is_stale(checkout, installs):
    house = Environment(checkout)
    house.build()
    config = house.folder / "pyvenv.cfg"
    config.write_text(re.sub(r"(?m)^version.*$", "version = 3.99.1", config.read_text()))
    assert not house.is_fresh()


def test_an_environment_whose_interpreter_is_gone_is_stale(checkout, installs):
    house = Environment(checkout)
    house.build()
    house.python.unlink()
    assert not house.is_fresh()


def test_without_ensurepip_the_error_names_the_debian_package(checkout, monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda _: None)
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find_spec(name))
    with pytest.raises(LauncherError, match="apt install python3-venv"):
        Environment(checkout).build()


def test_a_failed_installation_leaves_no_stamp(checkout, monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda _: None)
    monkeypatch.setattr(environment, "_run", lambda command, **_: "install" not in command)
    with pytest.raises(LauncherError, match="Could not install"):
        Environment(checkout).build()
    assert not Environment(checkout).is_fresh()


@pytest.mark.parametrize("name", [RUN_LOCK, DEV_LOCK])
def test_a_lock_pins_every_package_with_hashes_and_names_no_host(name):
    text = (CHECKOUT / name).read_text()
    pins = re.findall(r"(?m)^[a-z0-9][\w.\[\],-]*==[^ ]+.*\\\n    --hash=sha256:", text)
    assert len(pins) == count_packages(CHECKOUT / name) > 50
    assert not re.findall(r"https?://|--(?:extra-)?index-url|--find-links|file:", text)


def test_both_locks_agree_on_every_version():
    texts = ((CHECKOUT / name).read_text() for name in (RUN_LOCK, DEV_LOCK))
    run, dev = (set(re.findall(r"(?m)^([\w.-]+==[^ ;]+)", text)) for text in texts)
    assert run < dev


def test_the_launcher_needs_only_the_standard_library():
    code = "import sys; sys.path.insert(0, '.'); import fanzmoney.launcher.up, fanzmoney.launcher.test"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", f"{code}, fanzmoney.launcher.command"], cwd=CHECKOUT)
    assert done.returncode == 0
