import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    bytes: int


@dataclass(frozen=True)
class Content:
    """What one mail says: its envelope as the server heard it, its headers and bodies as people read them."""

    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]
    bytes: int

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


@dataclass(frozen=True)
class Mail:
    id: int
    content: Content


def read(raw: bytes, *, sender: str, recipients: list[str], at: datetime) -> Content:
    """Take a mail apart once, on arrival: what cannot be read is refused to its sender."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return Content(
        received_at=at,
        sender=sender,
        recipients=tuple(dict.fromkeys(recipients)),
        headers=tuple((name, storable(str(value))) for name, value in message.items()),
        text=body_of(message, "plain"),
        html=body_of(message, "html"),
        attachments=tuple(attachments_of(message)),
        bytes=len(raw),
    )


def body_of(message: EmailMessage, kind: str) -> str | None:
    """The text of that kind a reader would see, if the mail has one."""
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return None
    content = bytes_of(part)
    try:
        return storable(content.decode(part.get_content_charset("utf-8"), "replace"))
    except (LookupError, ValueError):  # no such character set: the letters of ASCII are still readable
        return content.decode("ascii", "replace")


def attachments_of(message: EmailMessage) -> list[Attachment]:
    named = ((part, part.get_filename()) for part in message.walk() if not part.is_multipart())
    return [
        Attachment(storable(name), storable(part.get_content_type()), len(bytes_of(part)))
        for part, name in named
        if name
    ]


def bytes_of(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise ValueError("a part without parts has no bytes")
    return content


def storable(text: str) -> str:
    """Text without the half characters that raw bytes and odd character sets leave behind."""
    return text.encode("utf-8", "replace").decode()
