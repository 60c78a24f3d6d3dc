"""A mail server that delivers nowhere: it takes every mail and shows it."""

import socket

from sandbox.mail.inbox import Inbox
from sandbox.mail.pages import routes
from sandbox.mail.smtp import accepting
from sandbox.parts import Part


def part(listening: socket.socket) -> Part:
    """The inbox with the SMTP server that fills it."""
    inbox = Inbox()
    return Part(
        title="Mail",
        about="Every mail that was sent, newest first.",
        path="/_sandbox/mail/",
        routes=routes(inbox),
        running=lambda: accepting(listening, inbox),
    )
