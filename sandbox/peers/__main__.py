"""Run a provider's own client program against the sandbox and say what it made of it."""

import argparse
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
PEERS = {"bitpay": "bitpay==8.0.3"}
PATIENCE_SECONDS = 30

log = logging.getLogger("sandbox.peers")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.peers", description=__doc__)
    parser.add_argument("peer", choices=sorted(PEERS), help="whose client to run")
    peer = parser.parse_args().peer
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    with tempfile.TemporaryDirectory(prefix="sandbox-peer-") as folder:
        place = Path(folder)
        python = environment(place, PEERS[peer])
        script = [str(python), str(HERE / f"{peer}_client.py")]
        told = subprocess.run([*script, "key", str(place)], check=True, capture_output=True, text=True)  # noqa: S603
        merchant = json.loads(told.stdout)
        with running(place, {peer: merchant}) as base:
            return subprocess.run([*script, "run", str(place), base], check=False).returncode  # noqa: S603


def environment(place: Path, package: str) -> Path:
    """A new environment with the client in it; uv makes it sooner, pip makes it too."""
    root = place / "environment"
    python = root / "bin" / "python"
    uv = shutil.which("uv")
    log.info("installing %s", package)
    if uv:
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(root)], check=True)  # noqa: S603
        install = [uv, "pip", "install", "-q", "--python", str(python), package]
    else:
        venv.create(root, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-q", package]
    subprocess.run(install, check=True)  # noqa: S603
    return python


@contextmanager
def running(place: Path, merchants: dict[str, dict[str, str]]) -> Iterator[str]:
    """The sandbox with this merchant on free ports; its address."""
    file = place / "merchants.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(merchants))
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    http, smtp = (probe.getsockname()[1] for probe in probes)
    for probe in probes:
        probe.close()
    line = [sys.executable, "-m", "sandbox", "--http-port", str(http), "--smtp-port", str(smtp)]
    said = place / "sandbox.log"
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [*line, "--merchants", str(file)],
            cwd=HERE.parents[1],
            env={**os.environ, "FANZ_ENV": "test"},
            stderr=output,
        )
    base = f"http://127.0.0.1:{http}"
    try:
        wait_until_it_answers(process, base, said)
        yield base
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_until_it_answers(process: subprocess.Popen[bytes], base: str, said: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=2):  # noqa: S310 - an address made here
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"sandbox.peers: the sandbox did not start: {said.read_text()}")


if __name__ == "__main__":
    sys.exit(main())
