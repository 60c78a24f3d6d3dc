from datetime import timedelta

import products.fanzpay.hooks  # noqa: F401  what platforms are told
from foundation.actors import system
from foundation.jobs.periods import Period
from foundation.jobs.registry import periodic
from products.fanzpay.services import renew_due


@periodic(
    "fanzpay.renew", every=timedelta(minutes=5), catches_up=False, in_one_transaction=False,
    lease=timedelta(minutes=10),
)  # fmt: skip
def renew_subscriptions(_: Period) -> dict[str, int]:
    """Charge the subscriptions we bill whose next period begins, each with a judgement of its own."""
    return renew_due(by=system("fanzpay.renew"))
