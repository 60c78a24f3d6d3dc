"""States of endpoints and deliveries as developers read them."""

from __future__ import annotations

from foundation.hooks.models import Attempt, Delivery
from foundation.hooks.states import DeliveryState, EndpointState
from foundation.http.components import Badge

ENDPOINTS = {
    EndpointState.ON: Badge("On", "normal", "check"),
    EndpointState.OFF: Badge("Off", "neutral", "pause"),
    EndpointState.BROKEN: Badge("Turned off by us", "frozen", "stop"),
}
FAILING = Badge("Failing", "delayed", "warn")
DELIVERIES = {
    DeliveryState.DUE: Badge("Waits", "review", "clock"),
    DeliveryState.SENDING: Badge("On its way", "review", "arrow-right"),
    DeliveryState.DELIVERED: Badge("Delivered", "normal", "check"),
    DeliveryState.GIVEN_UP: Badge("Given up", "frozen", "x"),
}
FAILED = Badge("Failed, tried again", "delayed", "warn")
ERRORS = {
    "address_refused": "its name leads to no public address",
    "name_unknown": "its name is not known",
    "certificate": "its certificate is not good",
    "too_slow": "it took too long",
    "broken_off": "it broke off",
    "not_connected": "it could not be reached",
    "not_signed": "we could not sign it",
    "removed": "the endpoint was removed",
    "": "",
}


def delivery_badge(one: Delivery) -> Badge:
    if one.state == DeliveryState.DUE and (one.last_status or one.last_error):
        return FAILED
    return DELIVERIES[DeliveryState(one.state)]


def answer_words(one: Delivery | Attempt) -> str:
    """What came of the last try: a status, or why there is none."""
    status = one.last_status if isinstance(one, Delivery) else one.status
    error = one.last_error if isinstance(one, Delivery) else one.error
    return str(status) if status is not None else ERRORS.get(error, error)
