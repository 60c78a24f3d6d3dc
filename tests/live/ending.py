"""How a socket ended, as the one who listened sees it."""

from websockets.exceptions import ConnectionClosed

from fanzmoney.trials.live_house import PATIENCE


def ended(socket) -> tuple[int, str]:
    """How the other side closes it."""
    try:
        while True:
            socket.recv(PATIENCE)
    except ConnectionClosed as closed:
        return closed.rcvd.code, closed.rcvd.reason
