"""XW9: no address, header or word of a stranger leads people elsewhere, splits an answer, frames or forges anything."""

from __future__ import annotations

import json
import logging
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from foundation import logs
from tests.cast import PASSWORD, signed_in, staff, user_called

EVIL = "evil.example"
ELSEWHERE = [
    lead + EVIL + tail
    for lead in (
        "http://", "https://", "//", "///", "////", "/\\", "\\\\", "/\t/", "\t//", "http:///", "https:", "http:\\\\",
        "//localhost@", "https://testserver@", "https://testserver.", "javascript://", "data:text/html,", "%2f%2f",
        "/%09/", "/\r/", "/\n/", "/.//", "//%5c", "ftp://", "\x00//", "＼／／", "//testserver\\@", "https://testserver%00.",
        "HTTPS://", "https:/", "/\\/", "/ /", "\u200b//", "//[::1]@", "https://testserver:80@", "/%2e%2e//", "vbscript://",
    )
    for tail in ("", "/", "/%2e%2e", "?next=/")
]  # fmt: skip
HOSTS = [
    EVIL, f"testserver@{EVIL}", f"{EVIL}:80", f"testserver.{EVIL}", f"{EVIL}#testserver", f"testserver,{EVIL}",
    f"testserver {EVIL}", f"[{EVIL}]", f"testserver:80@{EVIL}", f"testserver:{EVIL}", "", "..", "[::1",
    f"{EVIL}\r\nX: y", f"testserver/{EVIL}", f"testserver?{EVIL}", f"//{EVIL}", f"http://{EVIL}", f"testserver\t{EVIL}",
    f"testserver\x00{EVIL}", f"{EVIL}%00testserver", f"testserver..{EVIL}", "ⓔvil.example", f"testserver;{EVIL}",
]  # fmt: skip
CLAIMS = [
    {name: value}
    for name in (
        "X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Original-Url", "X-Rewrite-Url", "X-Original-Host",
        "X-Forwarded-Prefix", "X-Forwarded-Scheme", "X-Http-Method-Override", "X-Forwarded-Port", "X-Real-Host",
        "X-Script-Name",
    )
    for value in (EVIL, f"{EVIL}/a", f"/{EVIL}", f"testserver, {EVIL}", "PUT")
] + [{"Forwarded": f"host={EVIL};proto=https"}, {"Forwarded": f'for="[::1]";host="{EVIL}"'}]  # fmt: skip
SPLITS = [
    f"a{end}{header}"
    for end in ("\r\n", "\n", "\r", "%0d%0a", "%0a", "%E5%98%8A%E5%98%8D", "\u2028", "\x85", "\x0b", "\u560a\u560d")
    for header in ("X-Split: 1", "Set-Cookie: split=1", "Location: //evil.example", "\r\n<script>zq()</script>")
]
# What stands in a cache as a file, if the cache goes by its name: nobody's page may be kept there.
DECEPTIONS = [
    f"/account/sessions{tail}"
    for tail in (
        "/a.css",
        "/a.js",
        "/a.png",
        ".css",
        ";a.css",
        "%2fa.css",
        "/%2e%2e/a.css",
        "%00.css",
        "?a.css",
        "#a.css",
        "/.css",
        "%3fa.css",
        "%0aa.css",
        "//a.css",
        "/..%2f..%2fstatic/css/shell.css",
        "\\a.css",
        "%5ca.css",
        "/a.woff2",
        "/robots.txt",
        "~.css",
    )
]
LINE_ENDS = ("\n", "\r\n", "\u2028", "\x85", "\x1b[2J", "\r", "\x0b", "\x0c", "\x1c", "\u2029", "%0a", "\\n")
PAGES = ("/login", "/account/password/reset", "/status/", "/invite/none", "/api/docs/", "/nowhere", "/webhooks/none/")


def test_there_are_as_many_payloads_as_were_asked_for():
    assert sum(map(len, (ELSEWHERE, HOSTS, CLAIMS, SPLITS, DECEPTIONS, LINE_ENDS, PAGES))) >= 300


@pytest.fixture(autouse=True)
def patient(settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (10**9, 60))


@pytest.fixture
def share(request):
    """All of them by command, in CI every seventh."""
    return lambda found: found if request.config.getoption("--all-variants") else found[::7]


def leads_away(location: str) -> bool:
    """As a browser reads it: backslashes are slashes, tabs and line ends are not there."""
    plain = "".join(sign for sign in location if sign not in "\t\r\n").replace("\\", "/").strip()
    found = urlsplit(urljoin("http://testserver/login", plain))
    return found.scheme not in ("http", "https") or found.hostname != "testserver"


def is_split(answer) -> bool:
    return any("\r" in value or "\n" in value for _, value in answer.items()) or bool(
        {"X-Split", "Set-Cookie2"} & set(answer.headers) or "split" in answer.cookies
    )


def test_nobody_is_led_elsewhere(db, share):
    user_called("sam-of-the-street")
    browser = signed_in(Client(raise_request_exception=False), staff("fred"))
    wrong = []
    for number, address in enumerate(share(ELSEWHERE)):
        asked = [browser.get("/account/confirm", {"next": address}), Client().get("/login", {"next": address})]
        if number % 4 == 0:
            asked.append(browser.post("/account/confirm", {"next": address, "password": PASSWORD}))
            door = Client(raise_request_exception=False)
            said = {"login": "sam-of-the-street@fanzmoney.example", "password": PASSWORD, "next": address}
            asked.append(door.post("/login", said))
        for answer in asked:
            if answer.status_code >= 500 or is_split(answer) or leads_away(answer.headers.get("Location", "/")):
                wrong.append((address, answer.status_code, answer.headers.get("Location")))
    assert wrong == []
    assert leads_away("/\\evil.example")
    assert not leads_away("/ops/")


def test_no_host_or_claim_of_one_is_believed(db, share):
    wrong = []
    for host in share(HOSTS):
        for page in ("/login", "/account/password/reset"):
            answer = Client(raise_request_exception=False).get(page, headers={"Host": host})
            if answer.status_code >= 500 or (host != "" and answer.status_code != 400):
                wrong.append((host, page, answer.status_code))
    for claim in share(CLAIMS):
        for page in ("/login", "/"):
            answer = Client(raise_request_exception=False).get(page, headers=claim)
            told = answer.content.decode() + str(dict(answer.items()))
            if answer.status_code >= 400 or EVIL in told or "no-store" not in answer.headers["Cache-Control"]:
                wrong.append((claim, page, answer.status_code))
    assert wrong == []


def test_no_answer_is_split_or_framed(db, share):
    wrong = []
    for word in share(SPLITS):
        for answer in (
            Client().get("/login", {"next": f"/{word}"}),
            Client().get("/login", headers={"X-Request-Id": word, "HX-Current-URL": f"http://testserver/{word}"}),
            Client(raise_request_exception=False).get(f"/account/{word.replace('#', '')}"),
        ):
            if answer.status_code >= 500 or is_split(answer) or word in str(dict(answer.items())):
                wrong.append((word, answer.status_code))
    for page in PAGES:
        answer = Client().get(page)
        if answer.headers.get("X-Frame-Options") != "DENY" or "frame-ancestors 'none'" not in answer.headers.get(
            "Content-Security-Policy", ""
        ):
            wrong.append((page, "may be framed"))
    assert wrong == []


def test_no_page_of_a_person_is_kept_for_others(db, share):
    browser, wrong = signed_in(Client(raise_request_exception=False), staff("fred")), []
    for path in share(DECEPTIONS):
        answer = browser.get(path)
        if answer.status_code >= 500 or "no-store" not in answer.headers.get("Cache-Control", ""):
            wrong.append((path, answer.status_code, answer.headers.get("Cache-Control")))
    assert wrong == []


def test_a_word_of_a_stranger_forges_no_line_of_the_log(db, caplog, share):
    caplog.set_level(logging.INFO)
    forged = json.dumps({"event": "user.signed_in", "level": "info"})
    for end in share(LINE_ENDS):
        word = f"a{end}{forged}"
        Client().post("/login", {"login": word, "password": word}, headers={"User-Agent": word, "X-Request-Id": word})
        Client().get(f"/nowhere/{word}", {"q": word})
    handlers = [handler for handler in logging.getLogger().handlers if handler.formatter]
    formatter = next((h.formatter for h in handlers if type(h.formatter).__module__.startswith("structlog")), None)
    assert caplog.records
    assert formatter is not None, logs
    for record in caplog.records:
        line = formatter.format(record)
        assert len(line.splitlines()) == 1
        assert json.loads(line)["event"] != "user.signed_in"
