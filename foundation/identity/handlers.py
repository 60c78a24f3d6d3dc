"""Mail follows from news, so that no page waits for a mail server or tells by its time who exists.

The mail leaves inside the transaction that notes the news as heard: should the server fail, it is tried again.
"""

from __future__ import annotations

from uuid import UUID

from foundation.events import News, on
from foundation.identity.events import (
    MemberInvited,
    PasswordChanged,
    PasswordLinkWanted,
    SecondFactorChanged,
    UserLocked,
)
from foundation.identity.login.mails import mail_member_invitation, mail_notice, mail_password_link

GROUP = "account_mail"


@on(SecondFactorChanged.type, group=GROUP)
def tell_of_second_factor(news: News) -> None:
    mail_notice(UUID(news.payload["user_id"]), news.payload["change"])


@on(PasswordChanged.type, group=GROUP)
def tell_of_password(news: News) -> None:
    mail_notice(UUID(news.payload["user_id"]), f"password_{news.payload['how']}")


@on(UserLocked.type, group=GROUP)
def tell_of_lock(news: News) -> None:
    mail_notice(UUID(news.payload["user_id"]), f"{news.payload['what']}_locked")


@on(PasswordLinkWanted.type, group=GROUP)
def send_password_link(news: News) -> None:
    mail_password_link(UUID(news.payload["user_id"]), news.payload["mail"])


@on(MemberInvited.type, group=GROUP)
def send_invitation(news: News) -> None:
    mail_member_invitation(UUID(news.payload["invitation_id"]))
