import http.client
import json
import smtplib
import socket
import subprocess
from email.message import EmailMessage
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import ROOT, Sandbox, command, free_ports


def letter(to: str, subject: str = "Hello", text: str | None = "Good day.", html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Support <support@fanz.example>"
    message["To"] = to
    message["Subject"] = subject
    if text is not None:
        message.set_content(text)
    if html is not None and text is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    return message


def send(sandbox: Sandbox, *messages: EmailMessage, recipients: list[str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        for message in messages:
            smtp.send_message(message, to_addrs=recipients)


def send_raw(sandbox: Sandbox, to: str, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=10) as smtp:
        smtp.sendmail("raw@fanz.example", [to], raw)


def mails_to(sandbox: Sandbox, address: str) -> list[dict]:
    return json.loads(sandbox.get(f"/_sandbox/mail.json?to={quote(address)}").body)["mails"]


def page_of(sandbox: Sandbox, address: str) -> str:
    (mail,) = mails_to(sandbox, address)
    return sandbox.get(mail["url"]).body


def test_a_new_inbox_is_empty_and_says_so(own_sandbox):
    page = own_sandbox.get("/_sandbox/mail/")

    assert page.status == 200
    assert "No mail has arrived yet." in page.body
    assert json.loads(own_sandbox.get("/_sandbox/mail.json").body) == {"total": 0, "mails": []}


def test_the_index_leads_to_the_inbox(shared_sandbox):
    index = shared_sandbox.get("/_sandbox/")

    assert index.status == 200
    assert '<a href="/_sandbox/mail/">Mail</a>' in index.body


def test_a_program_reads_the_mail_that_was_sent_to_an_address(shared_sandbox):
    send(shared_sandbox, letter("Maya <maya@fanz.example>", "Your code ✓", "Code: 421337\n", "<p>421337</p>"))

    (mail,) = mails_to(shared_sandbox, "MAYA@fanz.example")

    assert mail["sender"] == "support@fanz.example"
    assert mail["to"] == ["maya@fanz.example"]
    assert mail["subject"] == "Your code ✓"
    assert mail["text"] == "Code: 421337\r\n"
    assert mail["html"] == "<p>421337</p>\r\n"
    assert ["To", "Maya <maya@fanz.example>"] in mail["headers"]
    assert mail["attachments"] == []


def test_a_program_asks_by_whole_address_and_a_person_by_a_part_of_it(shared_sandbox):
    send(shared_sandbox, letter("sam@fanz.example", "For Sam"), letter("balsam@fanz.example", "For Balsam"))

    assert [mail["subject"] for mail in mails_to(shared_sandbox, "sam@fanz.example")] == ["For Sam"]
    page = shared_sandbox.get("/_sandbox/mail/?to=SAM@").body
    assert page.index("For Balsam") < page.index("For Sam")
    assert "For Balsam" not in shared_sandbox.get("/_sandbox/mail/?to=nosuch").body
    assert "contains “<strong>nosuch</strong>”" in shared_sandbox.get("/_sandbox/mail/?to=nosuch").body


def test_a_blind_copy_reaches_its_reader(shared_sandbox):
    send(shared_sandbox, letter("ines@fanz.example"), recipients=["ines@fanz.example", "hidden@fanz.example"])

    (mail,) = mails_to(shared_sandbox, "hidden@fanz.example")
    assert mail["to"] == ["ines@fanz.example", "hidden@fanz.example"]


def test_the_page_of_a_mail_shows_headers_text_and_links(shared_sandbox):
    link = "https://fanz.example/confirm?code=a&next=b"
    send(shared_sandbox, letter("page@fanz.example", "Confirm", f"Follow {link}."))

    page = page_of(shared_sandbox, "page@fanz.example")

    assert "<h1>Confirm</h1>" in page
    assert "<dt>From</dt><dd>Support &lt;support@fanz.example&gt;</dd>" in page
    href = "https://fanz.example/confirm?code=a&amp;next=b"
    assert f'<a href="{href}" target="_blank" rel="noopener noreferrer">{href}</a>.' in page
    assert "<iframe" not in page


def test_what_a_stranger_wrote_is_never_markup_of_the_inbox(shared_sandbox):
    attack = "<script>alert(1)</script>"
    send(shared_sandbox, letter("attack@fanz.example", attack, f'{attack} javascript:x "https://x.example/"onclick=y'))

    for page in (page_of(shared_sandbox, "attack@fanz.example"), shared_sandbox.get("/_sandbox/mail/").body):
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script" not in page
    searched = shared_sandbox.get("/_sandbox/mail/?to=" + quote('"><script>')).body
    assert "<script" not in searched
    assert 'value="&quot;&gt;&lt;script&gt;"' in searched
    page = page_of(shared_sandbox, "attack@fanz.example")
    assert page.count("href=") == page.count('href="/_sandbox/') + page.count('href="https://x.example/" target=')


def test_the_html_part_is_shown_in_a_frame_that_runs_and_fetches_nothing(shared_sandbox):
    send(shared_sandbox, letter("html@fanz.example", text=None, html="<b>bold</b><script>alert(1)</script>"))
    (mail,) = mails_to(shared_sandbox, "html@fanz.example")

    page = shared_sandbox.get(mail["url"])
    frame = shared_sandbox.get(mail["url"] + "/html")

    assert f'<iframe src="{mail["url"]}/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.body
    assert "<b>bold</b>" not in page.body
    assert "<b>bold</b>" in frame.body
    policy = frame.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert not [rule for rule in policy if rule.startswith("script-src")]
    send(shared_sandbox, letter("plain@fanz.example"))
    (plain,) = mails_to(shared_sandbox, "plain@fanz.example")
    assert shared_sandbox.get(plain["url"] + "/html").status == 404


@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/mail/", "/_sandbox/mail.json", "/healthz", "/nowhere"])
def test_every_answer_carries_the_strict_headers(shared_sandbox, path):
    answer = shared_sandbox.get(path)

    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert " style=" not in answer.body


def test_the_stylesheet_is_served_by_the_sandbox_itself(shared_sandbox):
    sheet = shared_sandbox.get("/_sandbox/static/sandbox.css")

    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "url(" not in sheet.body
    assert "@import" not in sheet.body
    assert shared_sandbox.get("/_sandbox/static/../app.py").status == 404


def test_attachments_are_named(shared_sandbox):
    message = letter("files@fanz.example")
    message.add_attachment(b"a;b\n1;2\n", maintype="text", subtype="csv", filename="statement.csv")
    send(shared_sandbox, message)

    (mail,) = mails_to(shared_sandbox, "files@fanz.example")
    assert mail["text"] == "Good day.\r\n"
    assert mail["attachments"] == [{"name": "statement.csv", "content_type": "text/csv", "bytes": 8}]
    assert "statement.csv (text/csv, 8 bytes)" in page_of(shared_sandbox, "files@fanz.example")


@pytest.mark.parametrize(
    ("name", "raw", "text"),
    [
        ("empty", b"", ""),
        ("unknown-charset", b"Content-Type: text/plain; charset=klingon\r\n\r\nnuq\xff", "nuq\ufffd"),
        ("bad-utf8", b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xff\xfe", "\ufffd\ufffd"),
        ("half-character", b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-", "?"),
        ("raw-header", b"Subject: caf\xe9\r\n\r\nx", "x"),
        ("broken-multipart", b'Content-Type: multipart/mixed; boundary="b"\r\n\r\nno parts', None),
    ],
)
def test_an_odd_mail_is_kept_and_does_not_break_the_inbox(shared_sandbox, name, raw, text):
    send_raw(shared_sandbox, f"{name}@fanz.example", raw)

    (mail,) = mails_to(shared_sandbox, f"{name}@fanz.example")
    assert (mail["text"] or "").strip("\r\n") == (text or "")
    assert shared_sandbox.get(mail["url"]).status == 200
    assert shared_sandbox.get("/_sandbox/mail/").status == 200


def test_a_mail_above_one_megabyte_is_refused_and_not_kept(shared_sandbox):
    with pytest.raises(smtplib.SMTPException) as refusal:
        send(shared_sandbox, letter("big@fanz.example", text="x" * 70 + "\n" + ("y" * 70 + "\n") * 15_000))

    assert "552" in str(refusal.value)
    assert mails_to(shared_sandbox, "big@fanz.example") == []


def test_a_mail_takes_at_most_a_hundred_recipients(shared_sandbox):
    many = [f"r{number}@many.example" for number in range(101)]
    with smtplib.SMTP("127.0.0.1", shared_sandbox.smtp_port, timeout=10) as smtp:
        refused = smtp.send_message(letter("many@fanz.example"), to_addrs=many)

    assert refused == {"r100@many.example": (452, b"Too many recipients")}
    (mail,) = mails_to(shared_sandbox, "r0@many.example")
    assert len(mail["to"]) == 100


@pytest.mark.parametrize(("host", "status"), [("localhost", 200), ("127.0.0.1:9", 200), ("evil.example", 400)])
def test_a_name_that_is_not_its_own_opens_nothing(shared_sandbox, host, status):
    line = http.client.HTTPConnection("127.0.0.1", shared_sandbox.http_port, timeout=10)
    line.request("GET", "/_sandbox/mail.json", headers={"Host": host})
    assert line.getresponse().status == status
    line.close()


@pytest.mark.parametrize("path", ["0", "999999", "x", "-1", "1.5", "9" * 5000, "%D9%A1"])
def test_an_unknown_mail_is_a_plain_404(shared_sandbox, path):
    answer = shared_sandbox.get(f"/_sandbox/mail/{path}")

    assert answer.status == 404
    assert "There is no such mail." in answer.body


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", ""])
def test_a_limit_that_is_no_limit_is_refused(shared_sandbox, limit):
    answer = shared_sandbox.get(f"/_sandbox/mail.json?limit={limit}")

    assert answer.status == 400
    assert json.loads(answer.body) == {"error": "limit is a whole number from 1 to 1000"}


def test_the_inbox_keeps_the_latest_thousand_and_pages_through_them(own_sandbox):
    letters = [letter(f"p{number}@fanz.example", f"Mail {number}") for number in range(1, 1004)]
    send(own_sandbox, *letters)

    everything = json.loads(own_sandbox.get("/_sandbox/mail.json?limit=1000").body)
    assert everything["total"] == 1000
    assert [mail["id"] for mail in everything["mails"]] == list(range(1003, 3, -1))
    assert len(json.loads(own_sandbox.get("/_sandbox/mail.json").body)["mails"]) == 50
    assert own_sandbox.get("/_sandbox/mail/3").status == 404
    assert own_sandbox.get("/_sandbox/mail/4").status == 200

    first = own_sandbox.get("/_sandbox/mail/").body
    assert first.count("<li>") == 50
    assert "/_sandbox/mail/?to=&amp;before=954" in first
    second = own_sandbox.get("/_sandbox/mail/?to=&before=954").body
    assert "Mail 953<" in second
    assert "Mail 954<" not in second
    assert "Older mails" not in own_sandbox.get("/_sandbox/mail/?before=54").body


def test_one_line_is_logged_for_a_mail_without_what_it_says(own_sandbox):
    send(own_sandbox, letter("log@fanz.example", "Secret subject", "Secret text"))

    assert own_sandbox.stop() == 0
    lines = [line for line in own_sandbox.log.read_text().splitlines() if " sandbox.mail " in line]
    assert len(lines) == 1
    assert "mail id=1 to='log@fanz.example' bytes=" in lines[0]
    assert "Secret" not in own_sandbox.log.read_text()


def test_it_stops_in_order_though_a_sender_holds_its_line(own_sandbox):
    with socket.create_connection(("127.0.0.1", own_sandbox.smtp_port), timeout=10) as line:
        assert line.recv(100).startswith(b"220 ")
        assert own_sandbox.stop() == 0

    assert "Traceback" not in own_sandbox.log.read_text()


def test_a_taken_port_is_said_in_one_line():
    smtp_port, http_port = free_ports(2)
    with socket.create_server(("127.0.0.1", smtp_port)):
        run = subprocess.run(command(smtp_port, http_port), cwd=ROOT, capture_output=True, text=True, timeout=20)

    assert run.returncode == 1
    assert run.stderr.startswith(f"sandbox: cannot listen on 127.0.0.1 port {smtp_port}: ")
    assert run.stderr.count("\n") == 1


def test_it_refuses_to_stand_beside_production():
    run = subprocess.run(
        command(*free_ports(2)), cwd=ROOT, env={"FANZ_ENV": "production"}, capture_output=True, text=True, timeout=20
    )

    assert run.returncode == 1
    assert run.stderr.startswith("sandbox: refused")
