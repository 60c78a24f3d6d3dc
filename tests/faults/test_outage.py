"""Servers die and come back; the house says so while it lasts and needs nobody to recover."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from fanzmoney.launcher import contract, ports
from fanzmoney.launcher.servers import wait_until_ready
from fanzmoney.launcher.state import State
from fanzmoney.launcher.test import start_with_template

ROOT = Path(__file__).parents[2]
API, PAGE = "/api/v1/me", "/login"


class House:
    """One web process on servers of its own."""

    def __init__(self, folder):
        self.state = State(folder).open()
        self.servers = start_with_template(ROOT, self.state)
        self.port = ports.any_free()
        self.environment = contract.private_test(self.state, self.servers.environment())
        command = ["uvicorn", "fanzmoney.asgi:application", "--port", str(self.port), "--log-level", "warning"]
        self.web = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=self.environment)
        self.token = ""

    def manage(self, *arguments):
        return json.loads(
            subprocess.check_output([sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment)
        )

    def ask(self, path, body=None):
        headers = {"Cookie": f"fanz_session={'x' * 32}"}
        if path.startswith("/api/") and self.token:
            headers = {"Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"http://localhost:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.headers, answer.read()

    def status_within(self, seconds, path, wanted):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.ask(path)[0] == wanted:
                    return True
            except OSError:
                pass
            time.sleep(0.1)
        return False

    def stop(self):
        self.web.terminate()
        self.web.wait(10)
        self.servers.stop()


def kill(server):
    os.kill(server.child.process.pid, signal.SIGKILL)
    server.child.finish(time.monotonic() + 10)


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path / "state")
    try:
        assert house.status_within(120, PAGE, 200)
        made = house.manage(
            "api_client_create", "--platform", "boyfanz", "--name", "x", "--scope", "fans:read", "--json"
        )
        form = f"grant_type=client_credentials&client_id={made['client_id']}&client_secret={made['client_secret']}"
        house.token = json.loads(house.ask("/api/v1/oauth/token", form.encode())[2])["access_token"]
        yield house
    finally:
        house.stop()


@pytest.mark.slow
def test_postgres_and_valkey_die_and_come_back(house):
    assert house.ask(API)[0] == 200

    kill(house.servers.postgres)
    for _ in range(2):
        status, headers, body = house.ask(API)
        assert (status, headers["Content-Type"]) == (503, "application/problem+json")
        assert (json.loads(body)["code"], json.loads(body)["retryable"]) == ("unavailable", True)
        assert int(headers["Retry-After"]) > 0
        status, headers, body = house.ask("/account/profile")
        assert (status, headers["Content-Type"].split(";")[0]) == (503, "text/html")
        assert b"This page works again by itself" in body

    house.servers.postgres.start()
    wait_until_ready(house.servers.postgres)
    assert house.status_within(60, API, 200), "service comes back by itself"

    kill(house.servers.valkey)
    for _ in range(3):
        assert house.ask(API)[0] == 200
        assert house.ask(PAGE)[0] == 200
    house.servers.valkey.start()
    wait_until_ready(house.servers.valkey)
    assert house.ask(API)[0] == 200
