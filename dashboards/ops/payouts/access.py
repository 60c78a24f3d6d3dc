from foundation.http.access import allow, stepping_up
from payouts.operations.access import (
    EMERGENCY_ASKERS,
    HOLD_WORKERS,
    PAYOUT_EXPORTERS,
    PAYOUT_READERS,
    PAYOUT_WORKERS,
    QUESTION_ANSWERERS,
    RETURN_ASKERS,
)

_acting = stepping_up(PAYOUT_WORKERS)
allow("ops:payouts", GET=PAYOUT_READERS)
allow("ops:payouts_export", GET=PAYOUT_EXPORTERS)
allow("ops:payout", GET=PAYOUT_READERS)
for _act in ("extend", "freeze", "cancel", "confirm"):
    allow(f"ops:payout_{_act}", GET=PAYOUT_WORKERS, POST=_acting)
allow("ops:payout_returned", GET=RETURN_ASKERS, POST=stepping_up(RETURN_ASKERS))
allow("ops:payout_ask", POST=PAYOUT_WORKERS)

allow("ops:document", GET=HOLD_WORKERS)
allow("ops:questions", GET=QUESTION_ANSWERERS)
allow("ops:question", GET=QUESTION_ANSWERERS, POST=QUESTION_ANSWERERS)

_deciding = stepping_up(HOLD_WORKERS)
allow("ops:holds", GET=PAYOUT_READERS)
allow("ops:hold", GET=PAYOUT_READERS, POST=_deciding)
allow("ops:hold_note", POST=HOLD_WORKERS)

allow("ops:payout_calendar", GET=PAYOUT_READERS)
allow("ops:payout_figures", GET=PAYOUT_READERS)
allow("ops:payout_calendar_file", GET=PAYOUT_EXPORTERS)
allow("ops:payout_emergency", GET=EMERGENCY_ASKERS, POST=stepping_up(EMERGENCY_ASKERS))
