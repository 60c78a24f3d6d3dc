"""The variables every process of the house reads, and nothing else."""

import os

from fanzmoney.launcher.gateways import gateways_file
from fanzmoney.launcher.state import State

OURS = (
    "FANZ_ENV",
    "FANZ_STATE_DIR",
    "FANZ_AS_OWNER",
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "KEYS_DATABASE_URL",
    "BACKUP_DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "JWT_PRIVATE_KEY_FILE",
    "MASTER_KEY_FILE",
    "BACKUP_KEY_FILE",
    "BACKUP_DIR",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "METRICS_TOKEN",
    "CRASH_POINTS",
    "GATEWAYS_FILE",
    "CLAMD_URL",
    "SANDBOX_MAIL_URL",
    "SANDBOX_URL",
    "GATEWAYS_FILE",
)


def demo(state: State, addresses: dict[str, str], *, port: int = 8000) -> dict[str, str]:
    """The environment of the demo; what the caller's environment names wins."""
    defaults = {
        **state.secret_environment(),
        "GATEWAYS_FILE": str(gateways_file(state.folder)),
        "FANZ_ENV": "demo",
        "PUBLIC_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "PYTHONUNBUFFERED": "1",
    }
    return defaults | dict(os.environ) | {"FANZ_STATE_DIR": str(state.folder)} | addresses


def private_test(state: State, addresses: dict[str, str]) -> dict[str, str]:
    """The environment of the tests: nothing of the caller's that could reach a real server."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return inherited | {
        **state.secret_environment(),
        **addresses,
        "GATEWAYS_FILE": str(gateways_file(state.folder)),
        "FANZ_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "fanzmoney.settings",
        "PUBLIC_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }
