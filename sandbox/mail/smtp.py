import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mail.inbox import Inbox
from sandbox.mail.message import read

MOST_BYTES = 1_000_000
MOST_RECIPIENTS = 100
IDLE_SECONDS = 60

log = logging.getLogger("sandbox.mail")


class Receiver:
    """Takes every mail for everyone and keeps it in the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        content = read(raw, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos, at=datetime.now(UTC))
        mail = self.inbox.add(content)
        log.info("mail id=%d to=%s bytes=%d", mail.id, ascii(",".join(content.recipients)), content.bytes)
        return f"250 OK: kept as {mail.id}"


@asynccontextmanager
async def accepting(listening: socket.socket, inbox: Inbox) -> AsyncIterator[None]:
    """Accept mail on the socket for as long as the context lasts."""

    def connection() -> SMTP:
        return SMTP(
            Receiver(inbox),
            data_size_limit=MOST_BYTES,
            enable_SMTPUTF8=True,
            hostname="sandbox.localhost",
            ident="Sandbox",
            timeout=IDLE_SECONDS,
        )

    server = await asyncio.get_running_loop().create_server(connection, sock=listening)
    try:
        yield
    finally:
        server.close()
