"""The compose file names exactly the variables the settings read, and starts what exists."""

import ast
import importlib
import os
import re
import subprocess
import sys

import pytest
import yaml

from fanzmoney.launcher import CHECKOUT, contract

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("image") == "fanzmoneydash"}
NEVER_IN_PRODUCTION = {"CRASH_POINTS", "SANDBOX_MAIL_URL", "SANDBOX_URL"}


def variables_of_settings() -> tuple[set[str], set[str]]:
    """What the settings read, and which of it they cannot do without."""
    read, needed = set(), set()
    for node in ast.walk(ast.parse((CHECKOUT / "fanzmoney/settings.py").read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called in {"os.environ.get", "listed", "required"} and isinstance(node.args[0].value, str):
                read.add(node.args[0].value)
            if called == "required":
                needed.add(node.args[0].value)
    return read, needed


def test_the_services_of_the_house_are_there():
    assert set(OURS) == {"migrate", "web", "sockets", "worker", "beat", "runner", "backup"}
    assert {"postgres", "valkey"} < set(SERVICES)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_service_names_only_what_the_settings_read_and_all_they_need(name):
    read, needed = variables_of_settings()
    given = set(OURS[name]["environment"])
    assert len(read) > 10
    assert given <= read
    assert needed - {"DATABASE_OWNER_URL"} <= given
    assert not given & NEVER_IN_PRODUCTION
    assert ("DATABASE_OWNER_URL" in given) == (name == "migrate")
    assert ("BACKUP_DATABASE_URL" in given) == ("BACKUP_KEY_FILE" in given) == (name == "backup")
    assert "FANZ_AS_OWNER" not in given


def test_the_launcher_and_the_settings_name_the_same_variables():
    read, _ = variables_of_settings()
    assert set(contract.OURS) - {"CRASH_POINTS"} <= read


def test_every_value_compose_asks_for_stands_in_the_example():
    text = (CHECKOUT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", text))
    offered = set(re.findall(r"(?m)^(\w+)=", (CHECKOUT / ".env.example").read_text()))
    assert asked == offered


def test_every_program_compose_starts_exists():
    commands = {name: service["command"] for name, service in OURS.items()}
    assert commands["web"][:2] == ["gunicorn", "fanzmoney.wsgi:application"]
    assert commands["sockets"][:3] == ["python", "-m", "fanzmoney.async_door"]
    for target in (
        "fanzmoney.async_door:serve",
        "fanzmoney.wsgi:application",
        "fanzmoney.asgi:application",
        "fanzmoney.celery:app",
    ):
        module, name = target.split(":")
        assert hasattr(importlib.import_module(module), name)
    for command in commands.values():
        assert command[0] in {"python", "sh"} or (CHECKOUT / ".venv/bin" / command[0]).exists()


def test_only_the_proxy_is_reachable_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]


def test_the_settings_load_with_what_compose_gives(tmp_path):
    values = {"DATABASE_URL", "KEYS_DATABASE_URL"}
    environment = {
        name: "postgresql://a:b@postgres:5432/c" if name in values else value.replace("${PUBLIC_URL:?}", "https://a.b")
        for name, value in OURS["web"]["environment"].items()
    }
    clean = {name: value for name, value in os.environ.items() if name not in contract.OURS}
    code = "import fanzmoney.settings as s; assert s.IS_PRODUCTION and s.IS_TLS and not s.DEBUG"
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, env=clean | environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
