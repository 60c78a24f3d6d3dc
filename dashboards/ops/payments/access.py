from foundation.http.access import allow, stepping_up
from processors.access import (
    PAYMENT_ASKERS,
    PAYMENT_EXPORTERS,
    PAYMENT_READERS,
    PAYMENT_WORKERS,
    WIRE_READERS,
    WIRE_WORKERS,
)

_giving_back = stepping_up(PAYMENT_WORKERS)
allow("ops:payments", GET=PAYMENT_READERS)
allow("ops:payments_review", GET=PAYMENT_READERS)
allow("ops:payments_export", GET=PAYMENT_EXPORTERS)
allow("ops:payment", GET=PAYMENT_READERS)
allow("ops:payment_refund", GET=PAYMENT_WORKERS, POST=_giving_back)
allow("ops:payment_void", GET=PAYMENT_WORKERS, POST=_giving_back)
allow("ops:payment_cancel", GET=PAYMENT_WORKERS, POST=_giving_back)
allow("ops:payment_ask", POST=PAYMENT_ASKERS)
allow("ops:payment_outcome", GET=PAYMENT_WORKERS, POST=_giving_back)
allow("ops:refund_outcome", GET=PAYMENT_WORKERS, POST=_giving_back)
allow("ops:refund_settle", GET=PAYMENT_WORKERS, POST=_giving_back)
allow("ops:refund_ask", POST=PAYMENT_WORKERS)

allow("ops:webhooks", GET=WIRE_READERS)
allow("ops:webhook_call", GET=WIRE_READERS)
allow("ops:webhook_replay", POST=stepping_up(WIRE_WORKERS))
allow("ops:webhook_call_replay", POST=stepping_up(WIRE_WORKERS))
