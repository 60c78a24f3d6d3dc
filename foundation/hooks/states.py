"""The life of an address that is told news, and of one message on its way there."""

from __future__ import annotations

from django.db.models import TextChoices


class EndpointState(TextChoices):
    ON = "ON", "Messages are sent"
    OFF = "OFF", "Turned off by a person; messages wait"
    BROKEN = "BROKEN", "Turned off by us after a week of failures, or because it said it is gone; messages wait"
    REMOVED = "REMOVED", "Taken away for good"


ENDPOINT_MOVES = {
    EndpointState.ON: (EndpointState.OFF, EndpointState.BROKEN, EndpointState.REMOVED),
    EndpointState.OFF: (EndpointState.ON, EndpointState.REMOVED),
    EndpointState.BROKEN: (EndpointState.ON, EndpointState.REMOVED),
}


class DeliveryState(TextChoices):
    DUE = "DUE", "Waits for its moment, or for what came before it"
    SENDING = "SENDING", "Held by a runner until its lease ends"
    DELIVERED = "DELIVERED", "Answered with 2xx"
    GIVEN_UP = "GIVEN_UP", "Refused for a week while others were taken, or its address was removed"


OPEN = (DeliveryState.DUE, DeliveryState.SENDING)
DELIVERY_MOVES = {
    DeliveryState.DUE: (DeliveryState.SENDING, DeliveryState.GIVEN_UP),
    DeliveryState.SENDING: (DeliveryState.DELIVERED, DeliveryState.DUE, DeliveryState.GIVEN_UP),
    DeliveryState.DELIVERED: (DeliveryState.DUE,),
    DeliveryState.GIVEN_UP: (DeliveryState.DUE,),
}
