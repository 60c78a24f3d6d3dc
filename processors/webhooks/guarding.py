"""Who is let in at the webhooks' door in a crowd: nobody is stored for shouting, no provider is kept out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import Q
from django.http import HttpRequest

from foundation.errors import Invalid, TooMany
from foundation.http.rates import Rate, spend_here
from foundation.identity.login.guards import network_of
from processors.gateways.base import gateways
from processors.gateways.types import Merchant, Proof, ProviderEvent, Webhook
from processors.payments.directory import merchants_of
from processors.payments.models import Attempt

ANYBODY = Rate("webhooks.anybody", 300, 10)
"""From one household in the name of one provider, before anybody looks at a proof."""
EVERYBODY = Rate("webhooks.everybody", 3_000, 10)
"""From all of them together."""
PROVED = Rate("webhooks.proved", 6_000, 10)
"""Three times what the house is built for, from a household whose calls are proved."""
NAMED = Rate("webhooks.named", 30, 10)
"""About one charge of ours, by whoever cannot prove it."""
log = structlog.get_logger("fanz.webhooks")


def let_in(request: HttpRequest, provider: str, address: str, body: bytes, at: datetime) -> None:
    """Count this call; TooMany for one that nobody has to hear now.

    In a crowd only what carries its provider's proof is let in, and what names a charge of ours.
    """
    household = f"{provider}:{network_of(address)}"
    try:
        spend_here(ANYBODY, household)
        spend_here(EVERYBODY, provider)
    except TooMany:
        headers = {name.lower(): said for name, said in request.headers.items()}
        hook = Webhook(body=body, headers=headers, query=request.GET.dict(), address=address, received_at=at)
        match _found(provider, hook):
            case Proof.VERIFIED:
                spend_here(PROVED, household)
            case UUID() as charge_id:
                spend_here(NAMED, str(charge_id))
            case _:
                raise


def _found(provider: str, hook: Webhook) -> Proof | UUID | None:
    """A proof, the charge of ours that is named without one, or nothing."""
    gateway = gateways.find(provider)
    try:
        proofs = [(gateway.check(merchant, hook).proof, merchant) for merchant in merchants_of(provider)]
        if any(proof is Proof.VERIFIED for proof, _ in proofs):
            return Proof.VERIFIED
        told = [event for proof, merchant in proofs if proof is Proof.TRIGGER for event in _told(merchant, hook)]
        return _charge_named(provider, told)
    except Exception:
        log.exception("webhooks.not_looked_at", provider=provider)
        return None


def _told(merchant: Merchant, hook: Webhook) -> list[ProviderEvent]:
    try:
        return list(gateways.find(merchant.provider).parse(merchant, hook))
    except Invalid:
        return []


def _charge_named(provider: str, told: list[ProviderEvent]) -> UUID | None:
    references = {event.reference for event in told}
    numbers = {event.provider_ref for event in told} | {event.subscription_ref for event in told}
    named = Q(reference__in=filter(_is_name, references)) | Q(provider_ref__in=filter(_is_name, numbers))
    return Attempt.objects.filter(named, provider=provider).values_list("pk", flat=True).first() if told else None


def _is_name(said: str) -> bool:
    return bool(said) and said.isprintable()
