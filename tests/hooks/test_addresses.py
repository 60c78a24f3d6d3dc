"""Nothing is sent to a machine that is not on the public internet, however its address is written."""

import socket
import threading

import pytest

from foundation.hooks.calling import Call
from foundation.hooks.rules.addresses import is_public, read_url
from tests.hooks.receiver import receiving

PRIVATE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200",
    "169.254.169.254", "192.0.0.192", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    "2001:db8::1", "fec0::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "not an address", "",
]  # fmt: skip
UNSAFE = [
    "http://example.com/hook", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/",
    "https://example.com:22/", "https://example.com:6379/", "https://example.com:80/", "https://user@example.com/",
    "https://user:word@example.com/", "https://example.com/#part", "https://exa mple.com/", "https://example.com\\@evil/",
    "https://", "https://[::1", "https://example.com:99999/", "https://exämple.com/",
    "https://example.com/\r\nHost: evil",
    "https://" + "a" * 500 + ".example/", "javascript:alert(1)", "",
]  # fmt: skip
# Twelve ways to write this machine.
HERE = [
    "127.0.0.1", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "0x7f000001", "017700000001",
    "127.0.0.1.nip.example", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "localhost",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_no_private_address_is_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize("url", UNSAFE)
@pytest.mark.parametrize("may_be_here", [True, False])
def test_unsafe_urls_are_refused(url, may_be_here):
    assert read_url(url, may_be_here=may_be_here) is None


def resolving(*addresses):
    return lambda host, port: list(addresses)


def tried(monkeypatch):
    """Connections that were begun."""
    begun = []

    def connect(address, timeout):
        begun.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return begun


@pytest.mark.parametrize("host", HERE)
def test_this_machine_is_never_called_under_any_of_its_names(host, monkeypatch):
    begun = tried(monkeypatch)
    found = ["127.0.0.1"] if "nip" in host else None
    options = {"resolve": resolving(*found)} if found else {}
    answer = Call(f"https://{host}/hook", {}, b"{}", may_be_here=False, **options).make()
    assert (answer.status, begun) == (None, [])
    assert answer.error in ("address_refused", "name_unknown")


@pytest.mark.parametrize("address", PRIVATE[:-2])
def test_a_name_that_leads_to_a_private_address_is_not_called(address, monkeypatch):
    begun = tried(monkeypatch)
    one_of_many = resolving("93.184.216.34", address)
    answer = Call("https://hooks.example/in", {}, b"{}", may_be_here=True, resolve=one_of_many).make()
    assert (answer.error, begun) == ("address_refused", [])


def test_a_name_that_changes_between_two_questions_is_asked_once(monkeypatch):
    begun, answers = tried(monkeypatch), iter([["93.184.216.34"], ["127.0.0.1"]])
    answer = Call("https://hooks.example/", {}, b"", may_be_here=False, resolve=lambda *_: next(answers)).make()
    assert (answer.error, begun) == ("not_connected", ["93.184.216.34"])


def test_localhost_is_called_only_where_it_is_this_machine(monkeypatch):
    begun = tried(monkeypatch)
    Call("http://localhost:9/", {}, b"", may_be_here=True, resolve=resolving("10.0.0.5")).make()
    assert begun == []


def test_no_more_of_an_answer_is_read_than_is_kept():
    with receiving() as receiver:
        answer = Call(receiver.url, {}, b'{"sequence": 1}', may_be_here=True).make()
    assert answer.status == 200
    assert len(answer.said) <= 500


@pytest.fixture
def saying():
    """A receiver that answers these very bytes, then as many zeros as are taken, and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))
    sent = []

    def answer(said, zeros=0):
        def serve():
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)
                try:
                    for _ in range(zeros):
                        connection.sendall(bytes(65536))
                        sent.append(65536)
                except OSError:
                    return

        serving = threading.Thread(target=serve)
        serving.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        answered = Call(url, {}, b"{}", may_be_here=True).make()
        serving.join(10)
        return answered, sum(sent)

    with listening:
        yield answer


def test_a_chunk_of_less_than_nothing_is_not_read_to_its_end(saying):
    answer, sent = saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", zeros=800)
    assert (answer.status, answer.error) == (200, "")
    assert sent < 20 * 2**20


@pytest.mark.parametrize("rest", [b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", b"Content-Length: 9\r\n\r\nof"])
def test_the_status_counts_though_what_follows_it_breaks_off(saying, rest):
    answer, _ = saying(b"HTTP/1.1 200 OK\r\n" + rest)
    assert (answer.status, answer.error) == (200, "")


def test_what_nobody_foresaw_is_an_answer_too(caplog):
    def resolve(host, port):
        raise KeyError(host)

    answer = Call("https://hooks.example/", {}, b"", may_be_here=False, resolve=resolve).make()
    assert (answer.status, answer.error) == (None, "broken_off")
    assert "nobody foresaw" in caplog.text
