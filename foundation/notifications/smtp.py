"""The conversation with a mail server, cut at the one place where knowledge ends: after the content left."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from enum import Enum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings


class Answer(Enum):
    """What is known about a mail after the conversation."""

    TAKEN = "taken"
    LATER = "not taken, may be tried again"
    NEVER = "not taken, and never will be"
    UNKNOWN = "handed over, no answer"
    NO_SERVER = "there is no server to talk to"


@dataclass(frozen=True, slots=True)
class Said:
    answer: Answer
    words: str = ""


class Postman:
    """One connection for many mails, opened when it is needed."""

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hang_up()

    def hand_over(self, mail: EmailMessage, *, last_look: Callable[[], None]) -> Said:
        """Deliver one mail. `last_look` runs when the server is ready for the content; if it raises, none is sent."""
        try:
            server = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            return Said(Answer.NO_SERVER, _words(error))
        try:
            refused = self._envelope(server, mail)
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Said(Answer.LATER, _words(error))
        if refused is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.rset()
            return refused
        try:
            last_look()
        except BaseException:
            self._hang_up()
            raise
        try:
            server.send(_quoted(mail))
            code, words = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up()
            return Said(Answer.UNKNOWN, _words(error))
        return _said(code, words) or Said(Answer.TAKEN)

    def _envelope(self, server: smtplib.SMTP, mail: EmailMessage) -> Said | None:
        """Everything before the content; what the server refused, or nothing."""
        sender, recipient = parseaddr(str(mail["From"]))[1], parseaddr(str(mail["To"]))[1]
        if not recipient.isascii():
            return Said(Answer.NEVER, "the address is not plain ASCII")
        for step in (lambda: server.mail(sender), lambda: server.rcpt(recipient), lambda: server.docmd("DATA")):
            code, words = step()
            if refused := _said(code, words):
                return refused
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            # Without a name of our own smtplib asks the network for one, which may take seconds.
            ours = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
            where, seconds = (settings.EMAIL_HOST, settings.EMAIL_PORT, ours), settings.EMAIL_TIMEOUT
            server = (
                smtplib.SMTP_SSL(*where, timeout=seconds, context=ssl.create_default_context())
                if settings.EMAIL_USE_SSL
                else smtplib.SMTP(*where, timeout=seconds)
            )
            server.ehlo_or_helo_if_needed()
            if settings.EMAIL_HOST_USER:
                server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            self._server = server
        return self._server

    def _hang_up(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.close()


def _quoted(mail: EmailMessage) -> bytes:
    """The content on the wire: lines end in CRLF, a leading dot is doubled, a lone dot ends it."""
    return re.sub(rb"(?m)^\.", b"..", mail.as_bytes(policy=SMTP)).rstrip(b"\r\n") + b"\r\n.\r\n"


def _said(code: int, words: bytes) -> Said | None:
    """What a refusing answer means; nothing for one that agrees."""
    if 200 <= code < 400:
        return None
    return Said(Answer.NEVER if 500 <= code < 600 else Answer.LATER, f"{code} {_clean(words)}")


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {_clean(str(error).encode())}"


def _clean(words: bytes) -> str:
    """A server may quote the address; addresses are not kept."""
    return re.sub(r"\S+@\S+", "<address>", words.decode(errors="replace"))[:200]
