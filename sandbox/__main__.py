"""Start the sandbox: one process, one port for each protocol it speaks."""

import argparse
import json
import logging
import os
import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvicorn

from sandbox.app import House, Listening, build_app, parts
from sandbox.clamd import clamd
from sandbox.control import Control
from sandbox.control.line import Line

log = logging.getLogger("sandbox")


def listen(host: str, port: int) -> socket.socket:
    """Take a port before anything starts, so that a taken one is said in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        sys.exit(f"sandbox: cannot listen on {host} port {port}: {error}")


def read_merchants(file: Path) -> dict[str, dict[str, Any]]:
    try:
        merchants = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"sandbox: cannot read the merchants in {file}: {error}")
    if not isinstance(merchants, dict) or not all(isinstance(one, dict) for one in merchants.values()):
        sys.exit(f"sandbox: {file} is no JSON object of objects")
    return merchants


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="a name it answers to besides localhost"
    )
    parser.add_argument("--smtp-port", type=int, required=True, help="port that accepts mail")
    parser.add_argument("--http-port", type=int, required=True, help="port that shows it")
    parser.add_argument("--clamd-port", type=int, help="port of a virus scanner that knows EICAR")
    parser.add_argument("--api", metavar="URL", help="the house whose platforms are played, with --credentials")
    parser.add_argument("--credentials", type=Path, help="file with the secrets of its platforms' programs")
    parser.add_argument("--merchants", type=Path, metavar="FILE", help="JSON: what each provider knows of its merchant")
    parser.add_argument("--seed", type=int, help="make what happens by chance happen again")
    options = parser.parse_args()
    if bool(options.api) != bool(options.credentials):
        parser.error("--api and --credentials go together")
    if os.environ.get("FANZ_ENV") == "production":
        sys.exit("sandbox: refused, FANZ_ENV is production and the sandbox only plays the outside world")

    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("mail.log", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # uvicorn stops by itself on these, then raises them again: leaving in order is a success.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: sys.exit(0))

    merchants = read_merchants(options.merchants) if options.merchants else {}
    http = listen(options.host, options.http_port)
    smtp = listen(options.host, options.smtp_port)
    here = f"http://127.0.0.1:{http.getsockname()[1]}"
    house = House(options.api, options.credentials, here) if options.api else None
    app = build_app(parts(Listening(smtp=smtp), house, merchants, Control(options.seed)), options.allowed_host)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=1000,
        http=Line,
        timeout_graceful_shutdown=3,
    )
    log.info("http on %s, smtp on %s", http.getsockname()[1], smtp.getsockname()[1])
    with ExitStack() as beside:
        if options.clamd_port:
            try:
                beside.enter_context(clamd(options.clamd_port))
            except OSError as error:
                sys.exit(f"sandbox: cannot listen on 127.0.0.1 port {options.clamd_port}: {error}")
        uvicorn.Server(config).run(sockets=[http])


if __name__ == "__main__":
    main()
