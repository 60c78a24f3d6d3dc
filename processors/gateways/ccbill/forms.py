"""The hosted form: its address carries the price and a digest of it."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from processors.gateways.ccbill.values import form_digest, numeric, price, value
from processors.gateways.types import ChargeRequest, Merchant, NextAction, Outcome, Result

UNTIL_CANCELLED = 99


def redirect(merchant: Merchant, request: ChargeRequest) -> Outcome:
    """Send the buyer to the form. Nothing is sent by us, so there is nothing to lose."""
    recurring = request.recurring
    period = recurring.period_days if recurring else value(merchant, "single_period_days")
    fields = {
        "clientAccnum": str(value(merchant, "account")),
        "clientSubacc": str(value(merchant, "subaccount")),
        "initialPrice": price(request.amount),
        "initialPeriod": str(period),
    }
    signed = [fields["initialPrice"], fields["initialPeriod"]]
    if recurring:
        again = {
            "recurringPrice": price(recurring.amount),
            "recurringPeriod": str(recurring.period_days),
            "numRebills": str(UNTIL_CANCELLED),
        }
        fields, signed = fields | again, [*signed, *again.values()]
    fields["currencyCode"] = f"{numeric(request.amount.currency):03d}"
    fields["formDigest"] = form_digest([*signed, fields["currencyCode"]], str(value(merchant, "salt")))
    fields["reference"] = request.reference
    if request.return_url:
        fields["returnUrl"] = request.return_url
    form = quote(str(value(merchant, "flexform_id")), safe="")
    url = f"{value(merchant, 'forms_url')}/wap-frontflex/flexforms/{form}?{urlencode(fields)}"
    action = NextAction("redirect", url=url, expires_at=request.expires_at)
    return Outcome(Result.ACTION_REQUIRED, reference=request.reference, action=action)
