"""A notification as a mail: words, a button, the way to the preferences."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.template.loader import render_to_string

from foundation.notifications.catalogue import topics
from foundation.notifications.models import Delivery


def compose(delivery: Delivery) -> EmailMessage:
    """The mail as it leaves; address and name are looked up at this moment and stored nowhere."""
    notification = delivery.notification
    user = notification.recipient
    facts = {
        "name": str(user),
        "notification": notification,
        "link": settings.PUBLIC_URL + notification.path,
        "choose": f"{settings.PUBLIC_URL}/account/notifications",
        "topics": topics,
    }
    mail = EmailMessage()
    mail["Subject"] = " ".join(notification.title.split())
    mail["From"], mail["To"] = settings.DEFAULT_FROM_EMAIL, user.email
    mail["Date"], mail["Message-ID"] = format_datetime(notification.created_at), delivery.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render_to_string("notifications/mail.txt", facts))
    mail.add_alternative(render_to_string("notifications/mail.html", facts), subtype="html")
    return mail
