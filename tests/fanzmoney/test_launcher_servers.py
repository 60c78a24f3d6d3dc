"""The embedded servers: who may connect, and as what."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from fanzmoney.launcher.servers import Servers
from fanzmoney.launcher.state import State


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Servers as `up` starts them, not as the tests do."""
    folder = tmp_path_factory.mktemp("house")
    for part in (folder, *folder.parents):
        if part.stat().st_uid == os.geteuid():
            part.chmod(part.stat().st_mode | 0o011)
    servers = Servers(State(folder).open(), {}).start()
    yield servers
    servers.stop()


def one(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchone()[0]


def test_no_role_that_django_knows_is_powerful(house):
    urls = house.postgres.urls()
    backup = urls.pop("BACKUP_DATABASE_URL")  # reads every row of both databases; no page and no worker uses it
    assert one(backup, "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = user") is False
    assert [urlsplit(url).username for url in urls.values()] == ["fanz_app", "fanz_owner", "fanz_keys"]
    for url in urls.values():
        powerful = "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = user"
        assert one(url, powerful) is False
    assert one(urls["DATABASE_URL"], "SELECT pg_has_role(user, 'fanz_tenant', 'SET')") is True
    assert one(urls["DATABASE_URL"], "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'fanz_tenant'") is False


def test_only_the_owner_creates_tables(house):
    urls = house.postgres.urls()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        one(urls["DATABASE_URL"], "CREATE TABLE public.mine (id int)")
    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE public.ours (id int)")
        owner.execute("DROP TABLE public.ours")
    with psycopg.connect(urls["KEYS_DATABASE_URL"], autocommit=True) as keys:
        keys.execute("CREATE TABLE public.keys (id int)")
        keys.execute("DROP TABLE public.keys")


def test_the_keys_database_is_closed_to_the_app_and_the_app_database_to_the_keys(house):
    urls = house.postgres.urls()
    for name, other in (
        ("DATABASE_URL", "/fanz_keys"),
        ("DATABASE_OWNER_URL", "/fanz_keys"),
        ("KEYS_DATABASE_URL", "/fanz"),
    ):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(urlsplit(urls[name])._replace(path=other).geturl())


def test_a_wrong_password_is_refused_by_both_servers(house):
    url = house.postgres.urls()["DATABASE_URL"].replace(house.postgres.passwords["app"], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=house.valkey.port, retry=Retry(NoBackoff(), 0)).ping()


def test_the_house_is_durable_and_the_tests_are_not(house):
    app = house.postgres.urls()["DATABASE_URL"]
    assert [one(app, f"SHOW {name}") for name in ("fsync", "full_page_writes", "max_connections")] == [
        "on",
        "on",
        "200",
    ]
    assert one(os.environ["DATABASE_OWNER_URL"].rsplit("/", 1)[0] + "/postgres", "SHOW fsync") == "off"


def test_servers_listen_on_loopback_alone_and_not_as_root(house):
    app = house.postgres.urls()["DATABASE_URL"]
    assert one(app, "SHOW listen_addresses") == "127.0.0.1"
    for child in house.children:
        assert os.stat(f"/proc/{child.process.pid}").st_uid != 0
        shown = Path(f"/proc/{child.process.pid}/cmdline").read_text()
        assert not [secret for secret in house.postgres.passwords.values() if secret in shown]
    assert not list(Path("/tmp").glob(f".s.PGSQL.{house.postgres.port}*"))  # noqa: S108


def test_the_role_script_may_run_again(house):
    (house.postgres.home / "roles").unlink()
    house.postgres.provide_roles()
    assert one(house.postgres.urls()["DATABASE_URL"], "SELECT 1") == 1


def test_data_survives_a_restart_on_another_port(house):
    with psycopg.connect(house.postgres.urls()["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("CREATE TABLE public.kept AS SELECT 42 AS answer")
    house.stop()
    again = Servers(house.state, {}).start()
    try:
        assert again.postgres.port != house.postgres.port
        assert one(again.postgres.urls()["DATABASE_OWNER_URL"], "SELECT answer FROM public.kept") == 42
    finally:
        again.stop()
    left = subprocess.run(["pgrep", "-f", str(house.postgres.data)], capture_output=True, text=True, check=False)
    assert left.stdout == ""


def test_named_servers_are_used_and_none_is_started(tmp_path):
    given = {"DATABASE_URL": "postgresql://a@b/c", "KEYS_DATABASE_URL": "postgresql://d@e/f", "REDIS_URL": "redis://g"}
    servers = Servers(State(tmp_path / "state").open(), given).start()
    assert servers.children == []
    assert servers.environment() == given
