"""A run that may reach the browser tests finds a browser, or says loudly that it did not."""

import subprocess

import pytest

from fanzmoney.launcher import browser


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ([], True),
        (["-q", "-x"], True),
        (["tests"], True),
        (["tests/browser/test_pages.py::test_one"], True),
        (["tests/foundation"], False),
        (["tests/foundation", "tests/browser"], True),
        (["-m", "not browser"], False),
        (["-m", "not slow"], True),
    ],
)
def test_a_browser_is_wanted_only_where_its_tests_may_run(arguments, wanted, tmp_path, monkeypatch):
    (tmp_path / "tests/browser").mkdir(parents=True)
    (tmp_path / "tests/browser/test_pages.py").touch()
    (tmp_path / "tests/foundation").mkdir()
    monkeypatch.chdir(tmp_path)
    assert browser.is_wanted(arguments) is wanted


@pytest.mark.parametrize(("user", "asks"), [(0, True), (1000, False)])
def test_only_root_installs_a_missing_browser(user, asks, monkeypatch):
    ran: list[list[str]] = []
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(browser.os, "geteuid", lambda: user)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 100, b"no such package")

    monkeypatch.setattr(browser.subprocess, "run", run)
    assert browser.provide([]) is False
    assert bool(ran) is asks
