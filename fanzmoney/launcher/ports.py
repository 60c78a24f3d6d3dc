"""Free ports on loopback."""

import socket

from fanzmoney.launcher.errors import LauncherError

LOOPBACK = (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))


def is_free(port: int) -> bool:
    """Whether nothing listens on this port, on either loopback address: `localhost` may mean both."""
    for address, family in LOOPBACK:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A port the system considers free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_free(start: int, *, tries: int = 100) -> int:
    """The first free port from `start` on."""
    for port in range(start, min(start + tries, 65536)):
        if is_free(port):
            return port
    raise LauncherError(f"No free port between {start} and {start + tries - 1}.")
