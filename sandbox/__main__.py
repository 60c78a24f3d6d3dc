"""Start the sandbox: one process, one port for each protocol it speaks."""

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path

import uvicorn

from sandbox.app import House, Listening, build_app, parts

log = logging.getLogger("sandbox")


def listen(host: str, port: int) -> socket.socket:
    """Take a port before anything starts, so that a taken one is said in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError) as error:
        sys.exit(f"sandbox: cannot listen on {host} port {port}: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--smtp-port", type=int, required=True, help="port that accepts mail")
    parser.add_argument("--http-port", type=int, required=True, help="port that shows it")
    parser.add_argument("--api", metavar="URL", help="the house whose platforms are played, with --credentials")
    parser.add_argument("--credentials", type=Path, help="file with the secrets of its platforms' programs")
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

    http = listen(options.host, options.http_port)
    smtp = listen(options.host, options.smtp_port)
    house = House(options.api, options.credentials) if options.api else None
    app = build_app(parts(Listening(smtp=smtp), house))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=200,
        timeout_graceful_shutdown=3,
    )
    log.info("http on %s, smtp on %s", http.getsockname()[1], smtp.getsockname()[1])
    uvicorn.Server(config).run(sockets=[http])


if __name__ == "__main__":
    main()
