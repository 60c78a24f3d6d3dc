"""What a house keeps on disk, and who may touch it."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from fanzmoney.launcher import CHECKOUT, pointer, ports
from fanzmoney.launcher import state as state_module
from fanzmoney.launcher.errors import LauncherError
from fanzmoney.launcher.state import State, reachable_by_all


def test_secrets_are_made_once_and_private(tmp_path):
    state = State(tmp_path / "house").open()
    first = {name: (state.folder / name).read_bytes() for name in ("secrets.json", "jwt_private.pem", "master.key")}
    state.passwords()

    for name in (*first, "servers.json"):
        assert stat.S_IMODE((state.folder / name).stat().st_mode) == 0o600
    assert len(first["master.key"]) == 32
    assert isinstance(load_pem_private_key(first["jwt_private.pem"], None), Ed25519PrivateKey)
    assert len(json.loads(first["secrets.json"])["secret_key"]) >= 50
    State(tmp_path / "house").open()
    assert {name: (state.folder / name).read_bytes() for name in first} == first


def test_every_password_is_different(tmp_path):
    passwords = State(tmp_path / "house").open().passwords()
    assert len(set(passwords.values())) == len(passwords) == 6


def test_a_directory_with_other_things_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(LauncherError, match="holds something else"):
        State(tmp_path).open()
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_directory_of_another_user_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(state_module.os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(LauncherError, match="belongs to another user"):
        State(tmp_path).open()


def test_fresh_forgets_everything_but_the_lock(tmp_path):
    state = State(tmp_path / "house").open()
    assert state.try_lock()
    old_key = (state.folder / "master.key").read_bytes()
    (state.server_home() / "postgres").mkdir()

    state.wipe()

    assert (state.folder / "master.key").read_bytes() != old_key
    assert not (state.server_home() / "postgres").exists()
    assert not State(state.folder).try_lock()


def test_a_second_process_cannot_take_the_lock_until_the_first_lets_go(tmp_path):
    first, second = State(tmp_path / "house").open(), State(tmp_path / "house").open()
    assert first.try_lock()
    assert not second.try_lock()
    first.unlock()
    assert second.try_lock()


def test_taking_the_lock_forgets_what_a_killed_process_announced(tmp_path):
    State(tmp_path / "house").open().announce({"up": True, "port": 1})
    state = State(tmp_path / "house").open()
    assert state.announced() == {"up": True, "port": 1}
    assert state.try_lock()
    assert state.announced() == {}


def test_a_private_directory_is_seen_as_one(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a").chmod(0o700)
    assert not reachable_by_all(inner)


def test_the_pointer_leads_commands_to_the_last_state_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("FANZ_STATE_DIR")
    assert pointer.state_folder(tmp_path) == tmp_path / ".fanz"

    pointer.write(tmp_path, state_folder=tmp_path / "elsewhere", port=8123)

    assert pointer.state_folder(tmp_path) == tmp_path / "elsewhere"
    facts = pointer.read(tmp_path)
    assert facts == {
        "state_dir": str(tmp_path / "elsewhere"),
        "port": 8123,
        "pid": os.getpid(),
        "url": "http://localhost:8123",
    }
    monkeypatch.setenv("FANZ_STATE_DIR", str(tmp_path / "named"))
    assert pointer.state_folder(tmp_path) == tmp_path / "named"


def test_a_taken_port_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not ports.is_free(port)
        assert ports.first_free(port) > port
    assert ports.is_free(port)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_a_port_taken_on_the_other_loopback_address_is_taken():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        assert not ports.is_free(taken.getsockname()[1])


def test_no_free_port_is_said():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(LauncherError, match="No free port"):
        ports.first_free(taken.getsockname()[1], tries=1)


def test_an_old_python_gets_one_line(tmp_path):
    source = (CHECKOUT / "manage.py").read_text().replace("sys.version_info <", "(3, 9) <")
    (tmp_path / "manage.py").write_text(source)
    done = subprocess.run([sys.executable, tmp_path / "manage.py", "up"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("FanzMoneyDash needs Python 3.11 or newer; this is Python 3.")
    assert done.stderr.count("\n") == 1


def test_the_package_imports_nothing():
    assert (CHECKOUT / "fanzmoney/__init__.py").read_text().strip() == ""
    assert Path(CHECKOUT / "manage.py").stat().st_mode & 0o111
