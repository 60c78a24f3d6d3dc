"""A mail server that tests can make difficult."""

from __future__ import annotations

from aiosmtpd.controller import Controller

from fanzmoney.launcher import ports


class Postbox:
    """Keeps what it takes; `mood` says how it treats the next conversations."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str, bytes]] = []
        self.mood = ""
        self.controller = Controller(self, hostname="127.0.0.1", port=ports.any_free(), server_hostname="postbox")

    @property
    def port(self) -> int:
        return self.controller.port

    @property
    def message_ids(self) -> list[str]:
        return sorted(message_id for message_id, _, _ in self.taken)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mood == "no such mailbox":
            return f"550 no mailbox {address} here"
        if self.mood == "busy":
            return "451 later please"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "full":
            return "452 no room"
        content = envelope.original_content
        message_id = next(line for line in content.split(b"\r\n") if line.lower().startswith(b"message-id:"))
        self.taken.append((message_id.split(b":", 1)[1].strip().decode(), envelope.rcpt_tos[0], content))
        if self.mood == "silent":
            server.transport.abort()
        return "250 kept"
