"""The embedded Valkey: loopback, a password, nothing kept on disk."""

import os
import socket
from pathlib import Path

from fanzmoney.launcher import binaries
from fanzmoney.launcher.children import NOBODY, Child


class Valkey:
    """One server on one port."""

    def __init__(self, home: Path, log: Path, port: int, password: str) -> None:
        self.home = home
        self.port = port
        self.password = password
        configuration = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": password,
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
            "databases": 64,
            "dir": home,
            "maxmemory-policy": "noeviction",
        }
        self.child = Child(
            name="valkey",
            command=[binaries.valkey_server(), "-"],
            log=log,
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"},
            unprivileged=True,
            stdin="".join(f"{key} {value}\n" for key, value in configuration.items()).encode(),
        )

    def start(self) -> None:
        """Start it; `is_ready` tells when it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)
        self.child.start()

    def is_ready(self) -> bool:
        """Whether it takes our password and answers a ping."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self) -> str:
        """The address Django gets."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"
