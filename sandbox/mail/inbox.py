from collections import OrderedDict
from collections.abc import Iterator

from sandbox.mail.message import Content, Mail

KEPT = 1_000


class Inbox:
    """The latest mails, in memory and never more than `KEPT`."""

    def __init__(self) -> None:
        self._mails: OrderedDict[int, Mail] = OrderedDict()
        self._last_id = 0

    def add(self, content: Content) -> Mail:
        self._last_id += 1
        mail = Mail(id=self._last_id, content=content)
        self._mails[mail.id] = mail
        if len(self._mails) > KEPT:
            self._mails.popitem(last=False)
        return mail

    def get(self, mail_id: int) -> Mail | None:
        return self._mails.get(mail_id)

    def newest_first(self) -> Iterator[Mail]:
        return reversed(self._mails.values())
