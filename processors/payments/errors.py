"""Why a payment, refund or subscription does not do what was asked."""

from __future__ import annotations

from typing import Any

from foundation.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Unavailable, Unprocessable

REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "payments.not_found": (NotFound, "There is no such payment."),
    "payments.no_refund": (NotFound, "There is no such refund."),
    "payments.no_dispute": (NotFound, "There is no such dispute."),
    "payments.no_subscription": (NotFound, "There is no such subscription."),
    "payments.no_merchant": (Unavailable, "This account with a provider is not set up."),
    "payments.bad_product": (Invalid, "There is no such product."),
    "payments.bad_amount": (Invalid, "An amount is more than nothing, and its tax less than it, in one currency."),
    "payments.bad_method": (Invalid, "There is no such method of payment."),
    "payments.bad_token": (Invalid, "This is no token of a payment page. Card numbers are never sent here."),
    "payments.reference_used": (Conflict, "This reference names another payment of yours."),
    "payments.no_instrument": (Unprocessable, "This saved card is not the fan's, or cannot be charged any more."),
    "payments.no_warrant": (Forbidden, "Nothing is charged without a judgement that allows it."),
    "payments.warrant_used": (Conflict, "This judgement was used for another attempt."),
    "payments.warrant_too_old": (Conflict, "The judgement is too old; judge again."),
    "payments.no_way": (Unavailable, "No provider can take this payment at the moment."),
    "payments.cannot_charge": (Conflict, "In its present state this payment is not charged."),
    "payments.already_sent": (Conflict, "This attempt has left already."),
    "payments.unknown": (
        Conflict,
        "Its outcome is not known yet. It is being asked for; nothing else is done meanwhile.",
    ),
    "payments.not_in_review": (Conflict, "This payment does not wait for a person."),
    "payments.no_longer_chargeable": (
        Conflict,
        "It waited, and may not be charged any more: somebody is suspended, the card forgotten or the account closed.",
    ),
    "payments.not_taken": (Conflict, "Nothing was taken that could be given back."),
    "payments.cannot_cancel": (Conflict, "It is with a provider or over; there is nothing left to give up."),
    "payments.no_card": (NotFound, "There is no such saved card."),
    "payments.too_much": (Conflict, "More would be given back than is left of the payment."),
    "payments.disputed": (Conflict, "A bank holds or took back this part; it cannot be refunded as well."),
    "payments.not_voidable": (Conflict, "Only a whole payment that has not settled is voided; refund it instead."),
    "payments.refund_not_ready": (Conflict, "This refund does not wait to be sent."),
    "payments.not_by_hand": (Conflict, "This refund does not wait to be paid by hand."),
    "payments.proof_missing": (Invalid, "What a person says needs its proof: a transaction id or a bank's reference."),
    "payments.number_missing": (Invalid, "What happened has a number of the provider's: write it down."),
    "payments.number_of_another": (Conflict, "The provider's number belongs to another charge or refund."),
    "payments.not_undecided": (Conflict, "Its outcome is known, or the provider is still being asked."),
    "payments.coins_missing": (Invalid, "Say how many coins left our keys: the books follow them."),
    "payments.reason_missing": (Invalid, "Say why: the reason stays with the refund."),
    "payments.undo_too_late": (Conflict, "It was refunded or disputed meanwhile; a person has to look."),
    "payments.dispute_over": (Conflict, "The dispute is over."),
    "payments.subscription_over": (Conflict, "The subscription is over."),
    "payments.not_renewable": (Conflict, "There is nothing to renew at the moment."),
}


def refusal(code: str, *, retryable: bool | None = None, **facts: Any) -> Refusal:
    kind, sentence = REFUSALS[code]
    return kind(code, sentence, retryable=retryable, **facts)
