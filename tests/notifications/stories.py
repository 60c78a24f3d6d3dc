from foundation import clock
from foundation.notifications.models import Delivery, Notification
from foundation.notifications.services import notify
from foundation.notifications.states import Level
from tests.cast import staff


def tell(*users, level=Level.ACTION_REQUIRED, number=1, dedupe=None):
    return notify(
        recipients=[user.pk for user in users or (staff("petra"),)],
        notice=f"test.{level.lower()}",
        dedupe=dedupe or f"test:{number}",
        facts={"number": number, "day": "Friday"},
        at=clock.now(),
    )


def mail_to(user, number=1):
    return Delivery.objects.get(notification=Notification.objects.get(recipient=user, dedupe=f"test:{number}"))
