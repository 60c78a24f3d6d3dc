"""The way out says what is certain: that nothing was written, that an answer came, or that nobody knows."""

import logging
import re
import socket
import threading
import time

import pytest
import structlog

from processors.gateways import http


@pytest.fixture
def server():
    """Answers every connection with these bytes, and tells what it was sent."""
    sockets = []

    def answering(reply: bytes):
        listening, heard = socket.create_server(("127.0.0.1", 0)), []
        sockets.append(listening)

        def run():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                heard.append(whole_request(connection))
                connection.sendall(reply)
                connection.close()

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/charge?token=t-1", heard

    yield answering
    for one in sockets:
        one.close()


def whole_request(connection):
    """Head and body may come in several pieces."""
    heard = b""
    while (piece := connection.recv(65_536)) and not is_whole(heard := heard + piece):
        pass
    return heard


def is_whole(heard):
    head, end, body = heard.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and len(body) >= int(length[1] if length else 0)


def test_a_whole_answer_comes_back_and_a_redirect_is_not_followed(server):
    url, heard = server(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 2\r\n\r\nno")

    answer = http.call("POST", url, headers={"x-one": "1"}, body=b"pay")

    assert (answer.status, answer.body, answer.headers["location".title()]) == (302, b"no", "/elsewhere")
    assert len(heard) == 1
    assert heard[0].endswith(b"\r\n\r\npay")


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"\x16\x03nonsense"])
def test_an_answer_that_is_not_whole_may_mean_anything_and_is_not_asked_for_twice(server, reply):
    url, heard = server(reply)
    with pytest.raises(http.NoAnswer):
        http.call("POST", url, headers={}, body=b"pay")
    assert len(heard) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/charge", "http://nobody.invalid/charge"])
def test_where_nobody_listens_nothing_was_sent(url):
    with pytest.raises(http.NotSent):
        http.call("POST", url, headers={}, body=b"pay")


def test_a_server_that_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with pytest.raises(http.NoAnswer):
            http.call("GET", f"http://127.0.0.1:{silent.getsockname()[1]}/", headers={}, timeout=1)


def test_logs_hold_neither_bodies_nor_queries_nor_headers(server):
    url, _ = server(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer")
    with structlog.testing.capture_logs() as logs:
        http.call("POST", url, headers={"authorization": "secret-header"}, body=b"secret-body", redact=["secret"])
        with pytest.raises(http.NotSent):
            http.call("POST", "http://127.0.0.1:1/?token=t-1", headers={}, body=b"secret-body")
    assert {log["method"] for log in logs} == {"POST"}
    assert not {"t-1", "secret", "answer"} & set(" ".join(map(str, logs)).replace("'", " ").split())
    assert "secret" not in str(logs)


@pytest.mark.parametrize("head", [b"", b"no header at all\r\n", b" folded\r\n"])
def test_the_library_names_no_address_in_its_own_log(server, caplog, head):
    caplog.set_level(logging.DEBUG)
    url, _ = server(b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 6\r\n\r\nanswer")
    http.call("GET", url, headers={})
    with pytest.raises(http.NotSent):
        http.call("GET", "http://127.0.0.1:1/charge?token=t-1", headers={})
    assert "t-1" not in caplog.text


@pytest.mark.parametrize(
    "reply", [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b"x" * 60]
)
def test_an_answer_that_drips_is_none_once_its_time_is_up(reply):
    """Each byte comes in time, the whole never does."""
    listening = socket.create_server(("127.0.0.1", 0))

    def drip():
        connection, _ = listening.accept()
        with connection:
            whole_request(connection)
            for number, byte in enumerate(reply):
                try:
                    connection.sendall(bytes([byte]))
                except OSError:
                    return
                time.sleep(0 if number < 40 else 0.2)

    threading.Thread(target=drip, daemon=True).start()
    with listening, pytest.raises(http.NoAnswer):
        http.call("POST", f"http://127.0.0.1:{listening.getsockname()[1]}/", headers={}, body=b"pay", timeout=1)
